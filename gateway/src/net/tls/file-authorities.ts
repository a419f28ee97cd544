import { X509Certificate } from "node:crypto";

/** Maximum length of a chain: OpenSSL accepts up to 100 certificates. */
const MAX_DEPTH = 100;

/** The authorities in `FLEETLOG_TLS_CLIENT_CA`. OpenSSL verifies the certificates of their devices. */
export class FileAuthorities {
  readonly #certificates: readonly X509Certificate[];
  readonly #partial: boolean;
  readonly #issuersOnly: boolean;

  /**
   * @param pems one certificate each
   * @param partial whether OpenSSL trusts an authority in the file without the authorities above it
   * @param issuersOnly whether a certificate counts only if the authority that has issued it is in the file. OpenSSL
   * also trusts the installation's authorities. If these may have intermediates, the chain of a certificate from an
   * unknown intermediate may lead to the file or to the installation.
   */
  constructor(pems: readonly string[], { partial = false, issuersOnly = false } = {}) {
    this.#certificates = pems.map((pem) => new X509Certificate(pem));
    this.#partial = partial;
    this.#issuersOnly = issuersOnly;
  }

  get given(): boolean {
    return this.#certificates.length > 0;
  }

  /** Whether a certificate that OpenSSL has verified is below an authority in the file. */
  accept(verified: X509Certificate): boolean {
    if (!this.given) return false;
    return !this.#issuersOnly || this.#certificates.some((one) => isIssuer(one, verified));
  }

  /** Whether an authority in the file has this key. */
  hasKey(spki: Buffer): boolean {
    return this.#certificates.some(({ publicKey }) => publicKey.export({ format: "der", type: "spki" }).equals(spki));
  }

  /**
   * When a verified certificate or an authority above it expires, whichever comes first, in milliseconds since 1970.
   * Node does not give a server the certificates that a client sends beside its own, so these do not count.
   */
  endOf(certificate: X509Certificate, depth = 0): number {
    const own = certificate.validToDate.getTime();
    if (certificate.checkIssued(certificate) || depth === MAX_DEPTH) return own;
    const issuers = this.#certificates.filter((one) => isIssuer(one, certificate));
    if (issuers.length === 0) return own;
    const ends = issuers.map((one) => (this.#partial ? one.validToDate.getTime() : this.endOf(one, depth + 1)));
    // An authority may have renewed its certificate with the same key: then the later end counts.
    return Math.min(own, Math.max(...ends));
  }
}

function isIssuer(authority: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}
