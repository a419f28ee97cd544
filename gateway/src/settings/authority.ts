import { type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { pemBlocks } from "./pem.ts";

const ADVICE = "give the issuing certificate first, and after it the certificates above it";

/** Checks that the certificates can issue certificates. Other checks report unreadable files. */
export function usableAuthority({ authorityCert: path }: { readonly authorityCert?: string }): string | undefined {
  const chain = path === undefined ? [] : certificatesIn(path);
  const problem = keyProblem(chain[0]) ?? chain.map((one, i) => problemOf(one, chain[i + 1])).find((found) => found);
  return problem === undefined ? undefined : `FLEETLOG_AUTHORITY_CERT is ${path}, ${problem}; ${ADVICE}`;
}

function problemOf(certificate: X509Certificate, above: X509Certificate | undefined): string | undefined {
  const subject = certificate.subject.replaceAll("\n", ", ");
  if (!certificate.ca) return `whose certificate ${subject} is not of an authority (basic constraints)`;
  if (certificate.validToDate.getTime() <= Date.now()) return `whose certificate ${subject} has expired`;
  const isIssued = above === undefined || (certificate.checkIssued(above) && certificate.verify(above.publicKey));
  return isIssued ? undefined : `whose certificate ${subject} is not signed by the next one`;
}

function keyProblem(issuing: X509Certificate | undefined): string | undefined {
  return issuing === undefined || isAccepted(issuing.publicKey)
    ? undefined
    : "whose first certificate has a key other than P-256 or RSA with 2048 bits or more";
}

function isAccepted({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  if (asymmetricKeyType === "rsa") return (asymmetricKeyDetails?.modulusLength ?? 0) >= 2_048;
  return asymmetricKeyType === "ec" && asymmetricKeyDetails?.namedCurve === "prime256v1";
}

function certificatesIn(path: string): X509Certificate[] {
  try {
    return pemBlocks(readFileSync(path, "utf8"), "CERTIFICATE").map((pem) => new X509Certificate(pem));
  } catch {
    return [];
  }
}
