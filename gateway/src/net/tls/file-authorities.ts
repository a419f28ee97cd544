import { X509Certificate } from "node:crypto";

/** OpenSSL accepts chains of up to 100 certificates. */
const MAX_DEPTH = 100;

/** The authorities in `FLEETLOG_TLS_CLIENT_CA`. OpenSSL verifies the certificates of their devices. */
export class FileAuthorities {
  readonly #certificates: readonly X509Certificate[];
  readonly #partial: boolean;

  /**
   * @param pems one certificate each
   * @param partial whether OpenSSL trusts an authority in the file without the authorities above it
   */
  constructor(pems: readonly string[], partial: boolean) {
    this.#certificates = pems.map((pem) => new X509Certificate(pem));
    this.#partial = partial;
  }

  get given(): boolean {
    return this.#certificates.length > 0;
  }

  /** Whether an authority in the file has this key. */
  hasKey(spki: Buffer): boolean {
    return this.#certificates.some(({ publicKey }) => publicKey.export({ format: "der", type: "spki" }).equals(spki));
  }

  /**
   * When a verified certificate ends, in milliseconds since 1970: at its own end or at that of an authority above it,
   * whichever comes first. Node does not give a server the certificates that a client sends beside its own, so those do
   * not count.
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
