/** A message that is valid until the next one is encoded. A `Buffer` has this interface, too. */
export interface Encoded {
  readonly length: number;
  /** Copies the whole message. */
  copy(target: Uint8Array, at: number): number;
}
