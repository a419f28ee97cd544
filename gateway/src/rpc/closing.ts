export interface Close {
  /** RFC 6455, 7.4.1. Undefined: the peer does not read, so the socket is destroyed. */
  readonly code: number | undefined;
  /** A text for people. Agents parse `superseded` and `retry after <n> s`. */
  readonly text: string;
}

/** Shortens the text for a close frame: 125 bytes with two for the code (RFC 6455, 5.5). */
export function fitting(text: string): string {
  return Buffer.byteLength(text) <= 123 ? text : `${Buffer.from(text).subarray(0, 119).toString().replace(/�+$/, "")}…`;
}
