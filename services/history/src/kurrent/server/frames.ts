import type { Encoded } from "../messages/encoded.ts";

/** The compression flag and the length (gRPC over HTTP/2, Length-Prefixed-Message). */
export const PREFIX_BYTES = 5;
const NOTHING = Buffer.alloc(0);
const LEAST = 512;
const MOST_AT_FIRST = 64 * 1024;

/** Messages with their gRPC prefixes, one behind the other. A `Buffer` for each message would take longer than its encoding. */
export class Frames {
  #buffer: Buffer = NOTHING;
  #length = 0;
  #first = LEAST;

  get length(): number {
    return this.#length;
  }

  add(message: Encoded): void {
    const { length } = message;
    const at = this.#length;
    const end = at + PREFIX_BYTES + length;
    if (end > this.#buffer.length) this.#grow(end);
    const buffer = this.#buffer;
    buffer[at] = 0;
    buffer[at + 1] = length >>> 24;
    buffer[at + 2] = length >>> 16;
    buffer[at + 3] = length >>> 8;
    buffer[at + 4] = length;
    message.copy(buffer, at + PREFIX_BYTES);
    this.#length = end;
  }

  /** Takes out everything. */
  take(): Buffer {
    const taken = this.#buffer.subarray(0, this.#length);
    // The next chunk will probably be about as large.
    this.#first = Math.min(Math.max(LEAST, this.#length + (this.#length >>> 3)), MOST_AT_FIRST);
    this.#buffer = NOTHING;
    this.#length = 0;
    return taken;
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#length === 0 ? this.#first : 2 * this.#buffer.length));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

/** One message with its prefix. */
export function framed(message: Encoded): Buffer {
  const frames = new Frames();
  frames.add(message);
  return frames.take();
}
