import { createHash, type KeyObject, randomBytes, webcrypto, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { Signer } from "./keys.ts";
import * as x509 from "./x509.ts";

const DAY = 86_400_000;
/** Clocks of devices and servers differ. */
const BACKDATED = 3_600_000;
/** Letters (X.520). */
const MAX_COMMON_NAME = 64;
/** Extended key usages (RFC 5280, 4.2.1.12). */
const USAGE = { client: "1.3.6.1.5.5.7.3.2", server: "1.3.6.1.5.5.7.3.1", signing: "1.3.6.1.5.5.7.3.3" } as const;

/** The certificate and key of a signing authority. */
export interface Issuer {
  /** PEM. */
  readonly certificate: string;
  readonly signer: Signer;
}

interface Content {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly now: number;
  readonly lifetimeMs: number;
  readonly extensions: readonly x509.Extension[];
}

/** @param issuer undefined for a root, which is signed with its own key */
export function authorityCertificate(
  subject: string,
  publicKey: KeyObject,
  { issuer, signer, now, years }: { issuer?: string; signer: Signer; now: number; years: number },
): Promise<string> {
  const { keyCertSign, cRLSign } = x509.KeyUsageFlags;
  return sign(issuer, signer, {
    subject,
    publicKey,
    now,
    lifetimeMs: years * 365 * DAY,
    extensions: [
      new x509.BasicConstraintsExtension(true, issuer === undefined ? undefined : 0, true),
      new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
    ],
  });
}

/** A client certificate whose common name is the device id. */
export function deviceCertificate(
  { certificate, signer }: Issuer,
  { device, ...content }: { device: string; publicKey: KeyObject; now: number; lifetimeMs: number },
): Promise<string> {
  const extensions = endEntity("client");
  return sign(certificate, signer, { ...content, subject: device, extensions });
}

/** @param names host names and addresses of the server, at least one */
export function serverCertificate(
  { certificate, signer }: Issuer,
  { names, ...content }: { names: readonly string[]; publicKey: KeyObject; now: number; lifetimeMs: number },
): Promise<string> {
  const alternatives = names.map((value) => ({ type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const), value }));
  const extensions = [...endEntity("server"), new x509.SubjectAlternativeNameExtension(alternatives)];
  return sign(certificate, signer, { ...content, subject: (names[0] ?? "").slice(0, MAX_COMMON_NAME), extensions });
}

/** Identifies the platform to devices; the key only signs messages (extended key usage `codeSigning`). */
export function signingCertificate(
  { certificate, signer }: Issuer,
  content: { subject: string; publicKey: KeyObject; now: number; lifetimeMs: number },
): Promise<string> {
  return sign(certificate, signer, { ...content, extensions: endEntity("signing") });
}

export async function revocationList(
  { certificate, signer }: Issuer,
  revoked: readonly { readonly serial: string; readonly at: string }[],
  { now, lifetimeMs }: { now: number; lifetimeMs: number },
): Promise<string> {
  const list = await x509.X509CrlGenerator.create({
    issuer: new x509.X509Certificate(certificate).subjectName.toJSON(),
    thisUpdate: new Date(now - BACKDATED),
    nextUpdate: new Date(now + lifetimeMs),
    entries: revoked.map(({ serial, at }) => ({ serialNumber: serial, revocationDate: new Date(at) })),
    extensions: [keyIdentifierOf(new X509Certificate(certificate).publicKey, "authority")],
    signingAlgorithm: signer.algorithm,
    signingKey: signer.key,
  });
  return pem("X509 CRL", list.rawData);
}

async function sign(issuer: string | undefined, signer: Signer, content: Content): Promise<string> {
  const { subject, publicKey, now, lifetimeMs, extensions } = content;
  const above = issuer === undefined ? undefined : new X509Certificate(issuer);
  const name = nameOf(subject);
  const until = now + lifetimeMs;
  const signed = await x509.X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: name,
    issuer: issuer === undefined ? name : new x509.X509Certificate(issuer).subjectName.toJSON(),
    notBefore: new Date(now - BACKDATED),
    notAfter: new Date(Math.min(until, above?.validToDate.getTime() ?? until)),
    publicKey: await publicCryptoKey(publicKey),
    signingAlgorithm: signer.algorithm,
    signingKey: signer.key,
    extensions: [
      ...extensions,
      keyIdentifierOf(publicKey, "subject"),
      keyIdentifierOf(above?.publicKey ?? publicKey, "authority"),
    ],
  });
  return pem("CERTIFICATE", signed.rawData);
}

function endEntity(usage: keyof typeof USAGE): x509.Extension[] {
  const { digitalSignature, keyEncipherment } = x509.KeyUsageFlags;
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    // Key encipherment is for TLS 1.2 with RSA key exchange.
    new x509.KeyUsagesExtension(usage === "server" ? digitalSignature | keyEncipherment : digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([USAGE[usage]]),
  ];
}

function keyIdentifierOf(key: KeyObject, of: "subject" | "authority"): x509.Extension {
  const id = createHash("sha1")
    .update(key.export({ format: "der", type: "spki" }))
    .digest("hex");
  return of === "subject" ? new x509.SubjectKeyIdentifierExtension(id) : new x509.AuthorityKeyIdentifierExtension(id);
}

function nameOf(commonName: string): x509.JsonName {
  return [{ CN: [commonName] }];
}

/** 128 bits, positive and without leading zeros, so that all programs print the serial alike. */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}

async function publicCryptoKey(key: KeyObject): Promise<x509.LibraryKey> {
  const algorithm =
    key.asymmetricKeyType === "rsa"
      ? { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }
      : { name: "ECDSA", namedCurve: "P-256" };
  const bytes = key.export({ format: "der", type: "spki" });
  return (await webcrypto.subtle.importKey("spki", bytes, algorithm, true, ["verify"])) as x509.LibraryKey;
}

/** Uses the label of RFC 7468, which OpenSSL needs: the library's label for revocation lists is `CRL`. */
function pem(label: string, bytes: ArrayBuffer): string {
  const lines = Buffer.from(bytes)
    .toString("base64")
    .replaceAll(/.{1,64}/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}-----END ${label}-----\n`;
}
