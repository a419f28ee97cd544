export interface Identity {
  /** PEM. */
  readonly current: { readonly cert: string; readonly key: string };
  /** Milliseconds since 1970. */
  readonly validity: { readonly from: number; readonly until: number };
  /** @returns a signing request (PKCS #10, PEM) */
  request(device: string): string;
  /**
   * @returns false, without a change, if the certificate is not for the last request's key
   * @throws Error if it can't be stored
   */
  accept(certificate: string): boolean;
}
