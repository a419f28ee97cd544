/** A client certificate that the TLS listener checked. */
export interface ShownCertificate {
  /** Lower-case hexadecimal. */
  readonly serial: string;
  readonly issuer: string;
  /** Issued by the installation's own authority; valid only while it is in the device's record. */
  readonly own: boolean;
  /** SHA-256 of the issuing certificate, 64 hexadecimal digits, if it is the own authority's. */
  readonly issuedBy?: string;
  /** Id of the issuing authority, if it is a customer's. */
  readonly authority?: string;
  /** Milliseconds since the epoch: the earliest end of the certificate and its authorities. */
  readonly until?: number;
}

/**
 * How a device was authenticated: by the token of this revision, by a client certificate that the TLS listener checked, by
 * the log-in with this id, or because a person let its connection in.
 */
export type DeviceProof = (
  | { readonly by: "token"; readonly revision: number }
  | ({ readonly by: "certificate" } & Partial<ShownCertificate>)
  | { readonly by: "login"; readonly id: string }
  /** Revision of the record. */
  | { readonly by: "admission"; readonly revision: number }
) & {
  /** Absent for native devices. */
  readonly dialect?: string;
  /** The device's account when it was authenticated; absent for `main`. */
  readonly account?: string;
  /** The device was provisioned: messages to it are signed. */
  readonly signed?: true;
};
