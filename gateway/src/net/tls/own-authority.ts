import { X509Certificate } from "node:crypto";
import type { TrustedIssuer } from "@fleetlog/identity";

/** Extended key usage for client authentication (RFC 5280, 4.2.1.12). */
export const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

export type OwnFault = "CERT_SIGNATURE_FAILURE" | "CERT_HAS_EXPIRED" | "CERT_NOT_YET_VALID" | "INVALID_PURPOSE";

export interface OwnIssuer {
  readonly certificate: X509Certificate;
  /** SHA-256 of the certificate, 64 hexadecimal digits. */
  readonly fingerprint: string;
  /** Milliseconds since the epoch: its end, or its withdrawal. */
  readonly until: number;
}

/**
 * Checks certificates of the installation's authority. This is not left to OpenSSL, which checks only in a full
 * handshake, and then needs revocation lists of all authorities.
 */
export class OwnAuthority {
  readonly #issuers: readonly OwnIssuer[];

  constructor(issuers: readonly TrustedIssuer[]) {
    this.#issuers = issuers.map(({ certificate: pem, fingerprint, until = Number.POSITIVE_INFINITY }) => {
      const certificate = new X509Certificate(pem);
      return { certificate, fingerprint, until: Math.min(until, certificate.validToDate.getTime()) };
    });
  }

  /** Undefined if another authority has issued the certificate. */
  issuerOf(certificate: X509Certificate): OwnIssuer | undefined {
    const named = this.#issuers.filter((issuer) => certificate.checkIssued(issuer.certificate));
    if (named.length < 2) return named[0];
    // A given authority may have its predecessor's name, and no key identifier.
    return named.find((issuer) => certificate.verify(issuer.certificate.publicKey)) ?? named[0];
  }

  faultOf(certificate: X509Certificate, issuer: OwnIssuer, now: number): OwnFault | undefined {
    if (!certificate.verify(issuer.certificate.publicKey)) return "CERT_SIGNATURE_FAILURE";
    if (now > certificate.validToDate.getTime() || now > issuer.until) return "CERT_HAS_EXPIRED";
    if (now < certificate.validFromDate.getTime()) return "CERT_NOT_YET_VALID";
    return certificate.ca || !certificate.keyUsage?.includes(CLIENT_AUTH) ? "INVALID_PURPOSE" : undefined;
  }
}
