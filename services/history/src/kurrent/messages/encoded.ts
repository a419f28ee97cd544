/** A message that is valid until the next one is encoded. A `Buffer` is one, too. */
export interface Encoded {
  readonly length: number;
  /** Copies the whole message. */
  copy(target: Uint8Array, at: number): number;
}
