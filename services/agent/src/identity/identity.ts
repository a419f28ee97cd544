export interface Identity {
  /** PEM. `ca`, if it is given, has the authorities that the device trusts. */
  readonly current: { readonly cert: string; readonly key: string; readonly ca?: string[] };
  /** Milliseconds since 1970. */
  readonly validity: { readonly from: number; readonly until: number };
  /** @returns a signing request (PKCS #10, PEM) */
  request(device: string): string;
  /**
   * @param ca the certificates of the platform's authority, PEM
   * @returns false, without a change, if the certificate is not for the last request's key
   * @throws Error if it can't be stored
   */
  accept(certificate: string, ca: string): boolean;
}
