import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { type FleetError, invalid } from "@fleetlog/domain";
import type { CatalogueBody } from "@fleetlog/protocol";
import { checkedUrl } from "../channels/checks.ts";
import { mustBeSchedule } from "./schedule.ts";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The request with its URL in normal form.
 * @throws FleetError `invalid-request` naming the wrong field
 */
export function checkedCatalogue(body: CatalogueBody, now: number): CatalogueBody {
  const { kind, certificate, key, ca, signedBy, schedule } = body;
  const url = body.url.startsWith("file:") ? checkedFile(body) : checkedUrl(body.url);
  if (kind === "fleetlog" && signedBy === undefined)
    throw invalid("signedBy", "signedBy is needed: the public key that signs the catalogue");
  if (kind === "tpedm" && signedBy !== undefined)
    throw invalid("signedBy", "only catalogues of kind fleetlog are signed");
  if (signedBy !== undefined) mustBeSigningKey(signedBy);
  if (ca !== undefined) certificatesIn("ca", ca);
  if (key !== undefined && certificate === undefined) throw invalid("certificate", "a key needs its certificate");
  if (certificate !== undefined) mustBeCertificate(certificate, key);
  if (schedule !== undefined) mustBeSchedule(schedule, now);
  return { ...body, url };
}

function checkedFile({ kind, url: text, certificate, ca }: CatalogueBody): string {
  const url = URL.parse(text);
  if (kind !== "fleetlog") throw invalid("url", "only a catalogue of kind fleetlog can be a file");
  if (url === null || url.host !== "" || url.search !== "" || url.hash !== "" || !/^\/[\w.-]+$/.test(url.pathname))
    throw invalid("url", "url of a file must name a file of the catalogues' folder, such as file:///pumps.json");
  if (certificate !== undefined) throw invalid("certificate", "a file needs no client certificate");
  if (ca !== undefined) throw invalid("ca", "a file needs no authority");
  return url.href;
}

function mustBeSigningKey(pem: string): void {
  if (pem.includes("PRIVATE KEY")) throw invalid("signedBy", "signedBy must be the public key, not the private one");
  try {
    if (createPublicKey(pem).asymmetricKeyType === "ed25519") return;
  } catch {
    // The text is no key and is refused below.
  }
  throw invalid("signedBy", "signedBy must be an Ed25519 public key in PEM");
}

function mustBeCertificate(certificate: string, key: string | undefined): void {
  const [own] = certificatesIn("certificate", certificate);
  if (key === undefined || own === undefined) return;
  let matches: boolean;
  try {
    matches = own.checkPrivateKey(createPrivateKey(key));
  } catch {
    throw invalid("key", "key must be a private key in PEM, without a pass phrase");
  }
  if (!matches) throw invalid("key", "key is not the key of the certificate");
}

function certificatesIn(field: string, pem: string): X509Certificate[] {
  const found = pem.match(CERTIFICATE) ?? [];
  try {
    if (found.length > 0 && !pem.includes("PRIVATE KEY")) return found.map((one) => new X509Certificate(one));
  } catch {
    // One of the certificates is damaged, so the text is refused below.
  }
  throw notCertificates(field);
}

function notCertificates(field: string): FleetError {
  return invalid(field, `${field} must be certificates in PEM`);
}
