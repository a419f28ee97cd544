export interface Close {
  /** RFC 6455, 7.4.1. Undefined: nobody reads it, the socket is cut. */
  readonly code: number | undefined;
  /** For people; agents know `superseded` and `retry after <n> s` by their words. */
  readonly text: string;
}

/** RFC 6455, 5.5: a control frame holds 125 bytes, two of which are the code. */
export function fitting(text: string): string {
  return Buffer.byteLength(text) <= 123 ? text : `${Buffer.from(text).subarray(0, 119).toString().replace(/�+$/, "")}…`;
}
