import { createHash, type KeyObject, randomBytes, webcrypto, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { Signer } from "./keys.ts";
import * as x509 from "./x509.ts";

const DAY = 86_400_000;
/**
 * Certificates and revocation lists are backdated by this many milliseconds, because the clocks of devices and servers
 * differ.
 */
const BACKDATED = 3_600_000;
/** Maximum number of letters in a common name (X.520). */
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

export interface ListEntry {
  readonly serial: string;
  /** RFC 3339. */
  readonly at: string;
}

interface ListTimes {
  readonly now: number;
  readonly lifetimeMs: number;
}

export function revocationList(issuer: Issuer, revoked: readonly ListEntry[], times: ListTimes): Promise<string> {
  return signList(issuer, { ...times, entries: revoked.map(entryOf) });
}

/** The list of another authority, whose key is lost: an indirect list (RFC 5280, 5.2.5 and 5.3.3). */
export function indirectRevocationList(
  issuer: Issuer,
  of: string,
  revoked: readonly ListEntry[],
  times: ListTimes,
): Promise<string> {
  const name = Buffer.from(new x509.X509Certificate(of).subjectName.toArrayBuffer());
  // The extension has GeneralNames with a directory name. The library's own extension has the name of the list's
  // issuer, which is another authority here.
  const extensions = [new x509.Extension("2.5.29.29", true, der(0x30, der(0xa4, name)))];
  const entries = revoked.map((one) => ({ ...entryOf(one), extensions }));
  return signList(issuer, { ...times, entries, extensions: [INDIRECT] });
}

/** Issuing distribution point with `indirectCRL`. */
const INDIRECT = new x509.Extension("2.5.29.28", true, Buffer.from([0x30, 0x03, 0x84, 0x01, 0xff]));

function der(tag: number, content: Buffer): Buffer<ArrayBuffer> {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function entryOf({ serial, at }: ListEntry): x509.X509CrlEntryParams {
  return { serialNumber: serial, revocationDate: new Date(at) };
}

async function signList(
  { certificate, signer }: Issuer,
  {
    now,
    lifetimeMs,
    entries,
    extensions = [],
  }: ListTimes & { entries: x509.X509CrlEntryParams[]; extensions?: x509.Extension[] },
): Promise<string> {
  const list = await x509.X509CrlGenerator.create({
    issuer: new x509.X509Certificate(certificate).subjectName,
    thisUpdate: new Date(now - BACKDATED),
    nextUpdate: new Date(now + lifetimeMs),
    entries,
    extensions: [authorityKeyIdentifier(certificate), ...extensions],
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
    issuer: issuer === undefined ? name : new x509.X509Certificate(issuer).subjectName,
    notBefore: new Date(now - BACKDATED),
    notAfter: new Date(Math.min(until, above?.validToDate.getTime() ?? until)),
    publicKey: await publicCryptoKey(publicKey),
    signingAlgorithm: signer.algorithm,
    signingKey: signer.key,
    extensions: [
      ...extensions,
      new x509.SubjectKeyIdentifierExtension(keyIdOf(publicKey)),
      issuer === undefined
        ? new x509.AuthorityKeyIdentifierExtension(keyIdOf(publicKey))
        : authorityKeyIdentifier(issuer),
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

function keyIdOf(key: KeyObject): string {
  return createHash("sha1")
    .update(key.export({ format: "der", type: "spki" }))
    .digest("hex");
}

/**
 * Uses the key identifier in the issuer's certificate, because a given authority may have made it in another way than
 * Fleetlog does (RFC 5280, 4.2.1.1 and 4.2.1.2).
 */
function authorityKeyIdentifier(issuer: string): x509.Extension {
  const certificate = new x509.X509Certificate(issuer);
  const id = certificate.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId;
  return new x509.AuthorityKeyIdentifierExtension(id ?? keyIdOf(new X509Certificate(issuer).publicKey));
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
