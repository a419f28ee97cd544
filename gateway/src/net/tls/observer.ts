/** Where TLS counts what it sees; the metrics implement it. */
export interface TlsObserver {
  /** A client certificate was refused, for this reason of OpenSSL's or ours. */
  certificateRefused(reason: string): void;
}
