/** A device's client certificate and its key. The certificate can be renewed. */
export interface Identity {
  /** PEM. */
  readonly current: { readonly cert: string; readonly key: string };
  /** When the certificate becomes valid and ends, milliseconds since 1970. */
  readonly validity: { readonly from: number; readonly until: number };
  /** Makes a signing request (PKCS #10, PEM) for the device. */
  request(device: string): string;
  /**
   * Replaces the certificate: the new one is safe on disk when this returns. Returns false, and changes nothing, if the
   * certificate is not for the key of the last request.
   * @throws Error if it can't be stored
   */
  accept(certificate: string): boolean;
}
