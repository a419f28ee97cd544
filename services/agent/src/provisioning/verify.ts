import { verify, X509Certificate } from "node:crypto";
import type { CommandMessage, ConfigurationMessage, SignedMessage } from "@fleetlog/protocol";

/** Code signing (RFC 5280, 4.2.1.12), the usage of the certificates that sign the platform's messages. */
const SIGNING = "1.3.6.1.5.5.7.3.3";
const LONGEST_CHAIN = 8;

export class SignatureError extends Error {
  override readonly name = "SignatureError";
}

export interface Verifier {
  payload(jws: string): unknown;
}

/**
 * @param roots PEM, or a function for roots that can change; a signature's certificate chain must end at one of them
 * @param now milliseconds since 1970
 */
export function signatureVerifier(roots: string | (() => string), now: () => number): Verifier {
  const current = typeof roots === "string" ? () => roots : roots;
  let [of, pinned] = [current(), certificatesIn(current())];
  if (pinned.length === 0) throw new TypeError("there is no certificate of the platform's authority");

  return {
    payload(jws) {
      const [header = "", payload = "", signature = "", ...more] = jws.split(".");
      const { alg, x5c } = jsonIn(header) as { readonly alg?: unknown; readonly x5c?: unknown };
      if (alg !== "ES256" || more.length > 0) throw new SignatureError("it is not signed by ES256");
      const chain = chainIn(x5c);
      const newest = current();
      if (newest !== of) [of, pinned] = [newest, certificatesIn(newest)];
      const leaf = mustEndAt(chain, pinned, now());
      const key = { key: leaf.publicKey, dsaEncoding: "ieee-p1363" } as const;
      const signed = Buffer.from(`${header}.${payload}`);
      if (!verify("sha256", signed, key, Buffer.from(signature, "base64url"))) {
        throw new SignatureError("its signature is wrong");
      }
      return jsonIn(payload);
    },
  };
}

function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

function chainIn(x5c: unknown): X509Certificate[] {
  if (!Array.isArray(x5c) || x5c.length === 0 || x5c.length > LONGEST_CHAIN) {
    throw new SignatureError("it has no chain of certificates");
  }
  try {
    return x5c.map((der) => new X509Certificate(Buffer.from(String(der), "base64")));
  } catch {
    throw new SignatureError("its chain can't be read");
  }
}

function mustEndAt(
  chain: readonly X509Certificate[],
  pinned: readonly X509Certificate[],
  now: number,
): X509Certificate {
  const [leaf] = chain as [X509Certificate];
  const usages = leaf.keyUsage ?? [];
  // The authority also issues certificates of devices and servers.
  if (leaf.ca || usages.length !== 1 || usages[0] !== SIGNING) {
    throw new SignatureError("its certificate is not for signing messages");
  }
  for (const [i, certificate] of chain.entries()) {
    // `validFrom` is not checked, because a clock that was never set shows a time in the past.
    if (now > Date.parse(certificate.validTo)) throw new SignatureError("its certificate has expired");
    if (pinned.some(({ fingerprint256 }) => fingerprint256 === certificate.fingerprint256)) return leaf;
    const issuer = chain[i + 1] ?? pinned.find((root) => certificate.checkIssued(root));
    if (
      issuer === undefined ||
      !issuer.ca ||
      !certificate.checkIssued(issuer) ||
      !certificate.verify(issuer.publicKey)
    ) {
      throw new SignatureError("its chain does not lead to the platform's authority");
    }
    if (i === chain.length - 1) return leaf;
  }
  throw new SignatureError("its chain does not lead to the platform's authority");
}

function jsonIn(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString());
  } catch {
    throw new SignatureError("it can't be read");
  }
}

export interface SignedMessages {
  /** @throws SignatureError */
  command(jws: string | undefined): CommandMessage;
  /** @returns the command's id @throws SignatureError */
  cancelled(jws: string | undefined): string;
  /** @throws SignatureError */
  configuration(jws: string | undefined): ConfigurationMessage;
}

export function signedMessages(verifier: Verifier, device: string): SignedMessages {
  const contentOf = (jws: string | undefined): SignedMessage => {
    if (jws === undefined) throw new SignatureError("it is not signed");
    const message = verifier.payload(jws) as SignedMessage;
    if (message.device !== device) throw new SignatureError("it is signed for another device");
    return message;
  };
  const wrong = () => new SignatureError("the signed content is of another kind");
  return {
    command(jws) {
      const content = contentOf(jws);
      if (!("command" in content)) throw wrong();
      return content.command;
    },
    cancelled(jws) {
      const content = contentOf(jws);
      if (!("cancelled" in content)) throw wrong();
      return content.cancelled.id;
    },
    configuration(jws) {
      const content = contentOf(jws);
      if (!("configuration" in content)) throw wrong();
      return content.configuration;
    },
  };
}
