import { createHash, type KeyObject, verify, X509Certificate } from "node:crypto";
import { FleetError } from "@fleetlog/domain";
import { subjectOf } from "../names.ts";
import * as x509 from "../x509.ts";

const MAX_CHARACTERS = 16_384;
const CURVES: readonly unknown[] = ["prime256v1", "secp384r1", "secp521r1"];
const BEGIN = /-----BEGIN CERTIFICATE-----/g;

/** The certificate of a customer's authority. */
export interface AuthorityCertificate {
  /** Derived from the public key, so that all certificates of one key are the same authority. */
  readonly id: string;
  readonly certificate: X509Certificate;
  readonly subject: string;
  /** SHA-256, lower-case hexadecimal. */
  readonly fingerprint: string;
  /** RFC 3339. */
  readonly notAfter: string;
}

/** @throws FleetError `invalid-request` unless the PEM is one valid certificate of an authority with a strong key */
export function readAuthority(pem: string, now: number, field = "certificate"): AuthorityCertificate {
  const certificate = readCertificate(pem, field);
  if (!certificate.ca || !maySign(pem)) {
    throw refused(
      field,
      "it is not of an authority: it needs basicConstraints CA:TRUE, and keyCertSign if it has keyUsage",
    );
  }
  const { validFromDate: from, validToDate: until, publicKey } = certificate;
  if (now < from.getTime()) throw refused(field, `it is not valid before ${from.toISOString()}`);
  if (now > until.getTime()) throw refused(field, `it expired at ${until.toISOString()}`);
  if (!isStrong(publicKey)) throw refused(field, "its key must be P-256, P-384, P-521 or RSA with 2048 to 8192 bits");
  return {
    id: createHash("sha256").update(spkiOf(publicKey)).digest("hex").slice(0, 32),
    certificate,
    subject: subjectOf(certificate.subject),
    fingerprint: certificate.fingerprint256.replaceAll(":", "").toLowerCase(),
    notAfter: until.toISOString(),
  };
}

export type Possession =
  /** PEM: a certificate by the authority, with the code as its common name. */
  | { readonly verification: string }
  /** Base64: the code's signature with SHA-256. */
  | { readonly signature: string };

/** @throws FleetError `invalid-request` if the code was not signed with the authority's key */
export function mustPossess({ certificate }: AuthorityCertificate, code: string, proof: Possession): void {
  if ("signature" in proof) {
    const signature = Buffer.from(proof.signature, "base64");
    if (verify("sha256", Buffer.from(code), certificate.publicKey, signature)) return;
    throw refused("signature", "it is not the code signed with the key of the authority and SHA-256");
  }
  const shown = readCertificate(proof.verification, "verification");
  const names: unknown = shown.toLegacyObject().subject?.CN;
  if (names !== code) throw refused("verification", "its common name is not the code");
  if (shown.verify(certificate.publicKey)) return;
  throw refused("verification", "it is not signed with the key of the authority");
}

export function spkiOf(key: KeyObject): Buffer {
  return key.export({ format: "der", type: "spki" });
}

function readCertificate(pem: string, field: string): X509Certificate {
  if (pem.length > MAX_CHARACTERS) throw refused(field, `it is longer than ${MAX_CHARACTERS} characters`);
  if (pem.match(BEGIN)?.length !== 1) throw refused(field, "give exactly one certificate in PEM");
  try {
    const certificate = new X509Certificate(pem);
    // This throws for a key of an unknown kind.
    void certificate.publicKey;
    return certificate;
  } catch (error) {
    throw refused(field, "it can't be read", error);
  }
}

/** A certificate without keyUsage may sign others [RFC 5280 6.1.4 (n)]: `openssl req -x509` makes such authorities. */
function maySign(pem: string): boolean {
  const extension = new x509.X509Certificate(pem).getExtension(x509.KeyUsagesExtension);
  return extension === null || (extension.usages & x509.KeyUsageFlags.keyCertSign) !== 0;
}

function isStrong({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  if (asymmetricKeyType === "ec") return CURVES.includes(asymmetricKeyDetails?.namedCurve);
  const bits = asymmetricKeyDetails?.modulusLength ?? 0;
  return asymmetricKeyType === "rsa" && bits >= 2_048 && bits <= 8_192;
}

export function refused(field: string, why: string, cause?: unknown): FleetError {
  return new FleetError("invalid-request", `the ${field} is refused: ${why}`, { field, cause });
}
