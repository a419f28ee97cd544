import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { rootCertificates } from "node:tls";
import { writeDurably } from "../files/durable.ts";
import type { Identity } from "./identity.ts";
import { signingRequest } from "./signing-request.ts";
import type { Trust } from "./trust-file.ts";

export interface IdentityFileOptions {
  /** Makes a new key for each renewal. Default: true. */
  readonly newKey?: boolean;
  /** The platform's root certificates, stored again when its authority changes. Node's roots are trusted, too. */
  readonly trust?: Trust;
}

interface Content {
  readonly cert: string;
  readonly key: string;
}

/**
 * A certificate and its key in one PEM file, replaced atomically.
 * @throws Error if the file can't be read, or has no certificate with its key
 */
export function identityFile(path: string, { newKey = true, trust }: IdentityFileOptions = {}): Identity {
  let current = read(path);
  let requested: KeyObject | undefined;
  return {
    get current() {
      return trust === undefined ? current : { ...current, ca: [...rootCertificates, trust.roots] };
    },

    get validity() {
      const { validFrom, validTo } = new X509Certificate(current.cert);
      return { from: Date.parse(validFrom), until: Date.parse(validTo) };
    },

    request(device) {
      const key = createPrivateKey(current.key);
      // The key of a request is kept, because a lost answer may still come.
      requested ??= newKey ? another(key) : key;
      return signingRequest(device, requested);
    },

    accept(certificate, ca) {
      if (requested === undefined || !new X509Certificate(certificate).checkPrivateKey(requested)) return false;
      // The roots are stored first: after an interruption, a device with the new certificate has the new roots, too.
      trust?.accept(ca);
      const next = { cert: certificate, key: requested.export({ format: "pem", type: "pkcs8" }).toString() };
      writeDurably(path, next.key + next.cert);
      current = next;
      requested = undefined;
      return true;
    },
  };
}

/** Writes the file so that only this user can read it. */
export function writeIdentityFile(path: string, content: { readonly cert: string; readonly key: string }): void {
  writeDurably(path, content.key + content.cert);
}

function read(path: string): Content {
  const text = readFileSync(path, "utf8");
  const blocks = text.match(/-----BEGIN ([A-Z ]+)-----[\s\S]*?-----END \1-----/g) ?? [];
  const key = blocks.find((block) => /^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(block));
  const chain = blocks.filter((block) => block.startsWith("-----BEGIN CERTIFICATE-----"));
  const [own] = chain;
  if (key === undefined || own === undefined || !new X509Certificate(own).checkPrivateKey(createPrivateKey(key))) {
    throw new Error(`${path} has no certificate with its private key in PEM`);
  }
  return { cert: `${chain.join("\n")}\n`, key: `${key}\n` };
}

function another(key: KeyObject): KeyObject {
  return key.asymmetricKeyType === "rsa"
    ? generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey
    : generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
}
