import { X509Certificate } from "node:crypto";

/** Extended key usage for client authentication (RFC 5280, 4.2.1.12). */
export const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

export type OwnFault = "CERT_SIGNATURE_FAILURE" | "CERT_HAS_EXPIRED" | "CERT_NOT_YET_VALID" | "INVALID_PURPOSE";

/**
 * Checks certificates of the installation's authority. OpenSSL checks only in a full handshake, and then needs
 * revocation lists of all authorities.
 */
export class OwnAuthority {
  readonly #issuers: readonly X509Certificate[];

  /** @param issuers PEM */
  constructor(issuers: readonly string[]) {
    this.#issuers = issuers.map((pem) => new X509Certificate(pem));
  }

  /** Undefined if another authority has issued the certificate. */
  issuerOf(certificate: X509Certificate): X509Certificate | undefined {
    return this.#issuers.find((issuer) => certificate.checkIssued(issuer));
  }

  faultOf(certificate: X509Certificate, issuer: X509Certificate, now: number): OwnFault | undefined {
    if (!certificate.verify(issuer.publicKey)) return "CERT_SIGNATURE_FAILURE";
    const until = Math.min(certificate.validToDate.getTime(), issuer.validToDate.getTime());
    if (now > until) return "CERT_HAS_EXPIRED";
    if (now < certificate.validFromDate.getTime()) return "CERT_NOT_YET_VALID";
    return certificate.ca || !certificate.keyUsage?.includes(CLIENT_AUTH) ? "INVALID_PURPOSE" : undefined;
  }
}
