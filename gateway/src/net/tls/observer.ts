/** Counts refused certificates; implemented by the metrics. */
export interface TlsObserver {
  /** @param reason OpenSSL's error code, or `NO_DEVICE_NAME` */
  certificateRefused(reason: string): void;
}
