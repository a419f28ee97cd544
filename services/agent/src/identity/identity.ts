import type { TlsIdentity } from "../transport/options.ts";

export interface Identity extends TlsIdentity {
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
