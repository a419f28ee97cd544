import { X509Certificate } from "node:crypto";

/** A distinguished name on one line. */
export function subjectOf(name: string): string {
  return name.replaceAll("\n", ", ");
}

/** The subject of a certificate (PEM) on one line. */
export function subjectIn(pem: string): string {
  return subjectOf(new X509Certificate(pem).subject);
}

export function isRoot(pem: string): boolean {
  const certificate = new X509Certificate(pem);
  return certificate.checkIssued(certificate);
}
