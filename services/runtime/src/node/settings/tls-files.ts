import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { choice, optionalPath } from "./kinds.ts";
import { named, readableByAll, readNamed } from "./path.ts";
import { environmentName } from "./setting.ts";
import { type SettingsCheck, slice } from "./slice.ts";

const CERTIFICATE = "give a PEM file with the certificate, and after it those of its issuers";
const AUTHORITIES = "give a PEM file with the certificates of the authorities that sign device certificates";
const LISTS = "give a PEM file with one revocation list (X509 CRL) of each authority";
const KEY = "give a PEM file with a private key";

type FileCheck<K extends string> = SettingsCheck<{ readonly [P in K]?: string }>;

export function together<const K extends string>(one: K, other: K): FileCheck<K> {
  return (settings) => {
    if ((settings[one] === undefined) === (settings[other] === undefined)) return undefined;
    const [given, missing] = settings[one] === undefined ? [other, one] : [one, other];
    return `${environmentName(given)} is given without ${environmentName(missing)}; give both, or neither`;
  };
}

export function needs<const K extends string>(one: K, other: K): FileCheck<K> {
  return (settings) =>
    settings[one] !== undefined && settings[other] === undefined
      ? `${environmentName(one)} is given without ${environmentName(other)}; give both, or neither`
      : undefined;
}

/** Checks that the file has certificates and that all can be read. */
export function certificate<const K extends string>(key: K): FileCheck<K> {
  return holds(key, "certificate", CERTIFICATE, certificates);
}

/** Like {@link certificate}, with advice about authorities. */
export function authorities<const K extends string>(key: K): FileCheck<K> {
  return holds(key, "certificate", AUTHORITIES, certificates);
}

/** Checks that the file has revocation lists and that all can be read. */
export function revocationLists<const K extends string>(key: K): FileCheck<K> {
  return holds(key, "revocation list", LISTS, lists);
}

function holds<const K extends string>(
  key: K,
  what: string,
  advice: string,
  read: (text: string) => unknown[] | undefined,
): FileCheck<K> {
  return ({ [key]: path }) => {
    if (path === undefined) return undefined;
    const file = readNamed(key, path, advice);
    if ("problem" in file) return file.problem;
    if (read(file.text) !== undefined) return undefined;
    return `${named(key, path)}, which holds no PEM ${what} that can be read; ${advice}`;
  };
}

/** Checks that the file has a private key without passphrase. */
export function privateKey<const K extends string>(key: K): FileCheck<K> {
  return ({ [key]: path }) => {
    if (path === undefined) return undefined;
    const file = readNamed(key, path, KEY);
    if ("problem" in file) return file.problem;
    if (isEncrypted(file.text))
      return `${named(key, path)}, which has a passphrase; write it without one: openssl pkey -in <this file> -out <another>`;
    return keyIn(file.text) === undefined
      ? `${named(key, path)}, which holds no PEM private key that can be read; ${KEY}`
      : undefined;
  };
}

/** Checks that not every user can read the file. Another check reports a file without private key. */
export function secret<const K extends string>(key: K): FileCheck<K> {
  return ({ [key]: path }) => {
    if (path === undefined) return undefined;
    const file = readNamed(key, path, KEY);
    return "text" in file && file.text.includes("PRIVATE KEY-----") ? readableByAll(key, path) : undefined;
  };
}

/** Checks that the key belongs to the certificate. Other checks report unreadable files. */
export function keyOf<const K extends string>(certificateKey: K, keyKey: K): FileCheck<K> {
  return ({ [certificateKey]: certificatePath, [keyKey]: keyPath }) => {
    if (certificatePath === undefined || keyPath === undefined) return undefined;
    const [chain, key] = [readNamed(certificateKey, certificatePath, ""), readNamed(keyKey, keyPath, "")];
    if ("problem" in chain || "problem" in key) return undefined;
    const [own, privateKey] = [certificates(chain.text)?.[0], keyIn(key.text)];
    if (own === undefined || privateKey === undefined || own.checkPrivateKey(privateKey)) return undefined;
    return `${named(keyKey, keyPath)}, which is not the key of the first certificate in ${certificatePath}; give a key and a certificate that belong together, and put the key's certificate first in its file`;
  };
}

/** Undefined if there is no certificate (RFC 7468), or one can't be read. */
function certificates(text: string): X509Certificate[] | undefined {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g);
  try {
    return blocks?.map((block) => new X509Certificate(block));
  } catch {
    return undefined;
  }
}

/** As {@link certificates}, for revocation lists. */
function lists(text: string): unknown[] | undefined {
  const blocks = text.match(/-----BEGIN X509 CRL-----[\s\S]*?-----END X509 CRL-----/g);
  try {
    return blocks?.map((crl) => createSecureContext({ crl }));
  } catch {
    return undefined;
  }
}

function keyIn(text: string): KeyObject | undefined {
  try {
    return isEncrypted(text) ? undefined : createPrivateKey(text);
  } catch {
    return undefined;
  }
}

/** PKCS #8 (RFC 7468, section 11), or OpenSSL's older format. */
function isEncrypted(text: string): boolean {
  return /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text);
}

/** The certificate of every TLS listener. */
export const serverCertificateSettings = slice({
  own: {
    tlsCert: optionalPath(
      "Certificate chain (PEM file) of HTTPS, MQTT over TLS and FLEETLOG_KURRENT_PORT; these ports are closed if neither it nor FLEETLOG_TLS is set",
    ),
    tlsKey: optionalPath("Private key (PEM file) of FLEETLOG_TLS_CERT, which no other user can read"),
    tls: choice(
      ["off", "auto"],
      "off",
      "`auto`: HTTPS, MQTT over TLS and FLEETLOG_KURRENT_PORT with certificates of the built-in authority, unless FLEETLOG_TLS_CERT gives one",
    ),
  },
  checks: [
    together("tlsCert", "tlsKey"),
    certificate("tlsCert"),
    privateKey("tlsKey"),
    secret("tlsKey"),
    keyOf("tlsCert", "tlsKey"),
  ],
});
