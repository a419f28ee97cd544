/** Is notified of refused certificates; the metrics implement it. */
export interface TlsObserver {
  /** A client certificate was refused. @param reason a code of OpenSSL's, or `NO_DEVICE_NAME` */
  certificateRefused(reason: string): void;
}
