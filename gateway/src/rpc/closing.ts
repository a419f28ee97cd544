export interface Close {
  /** RFC 6455, 7.4.1. Undefined: the peer does not read, so the socket is destroyed without a close frame. */
  readonly code: number | undefined;
  /** For people. Agents parse only `superseded` and `retry after <n> s`. */
  readonly text: string;
}

/** Cuts the text to the length that a close frame can hold: 125 bytes less two for the code (RFC 6455, 5.5). */
export function fitting(text: string): string {
  return Buffer.byteLength(text) <= 123 ? text : `${Buffer.from(text).subarray(0, 119).toString().replace(/�+$/, "")}…`;
}
