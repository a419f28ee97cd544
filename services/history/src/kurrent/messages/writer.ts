import type { Encoded } from "./encoded.ts";

const FIRST_BYTES = 64 * 1024;
const LARGEST_KEPT = 16 * FIRST_BYTES;
/** Lengths of nested messages take four bytes, so that they can be written after the message. */
const LENGTH_BYTES = 4;
const LARGEST = 2 ** 28 - 1;
const MILLION = 1_000_000;
const ZERO = 0x30;
const DASH = 0x2d;
const HEX = Buffer.from("0123456789abcdef");
const UUID_LENGTH = 36;
const MOST_BYTES_OF_A_UNIT = 3;
/** Up to this number of characters, the length of a text's UTF-8 fits into one byte, and a loop is faster than a call of native code. */
const MOST_SHORT = 42;

/** Writes protobuf messages into one buffer. */
export class Writer implements Encoded {
  #buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #at = 0;

  /** Copies the message out when it is complete. */
  message(write: () => void): Buffer {
    this.start();
    write();
    const message = Buffer.allocUnsafe(this.#at);
    this.copy(message, 0);
    return message;
  }

  /** Begins a message, which is valid until the next one begins. */
  start(): void {
    this.#at = 0;
    if (this.#buffer.length > LARGEST_KEPT) this.#buffer = Buffer.allocUnsafe(FIRST_BYTES);
  }

  /** The length of the message. */
  get length(): number {
    return this.#at;
  }

  copy(target: Uint8Array, at: number): number {
    return this.#buffer.copy(target, at, 0, this.#at);
  }

  number(field: number, value: number): void {
    this.#tag(field, 0);
    this.#varint(value);
  }

  signed(field: number, value: bigint): void {
    this.#tag(field, 0);
    this.#reserve(10);
    let rest = BigInt.asUintN(64, value);
    while (rest >= 0x80n) {
      this.#buffer[this.#at++] = Number(rest & 0x7fn) + 0x80;
      rest >>= 7n;
    }
    this.#buffer[this.#at++] = Number(rest);
  }

  text(field: number, value: string): void {
    this.#tag(field, 2);
    if (value.length > MOST_SHORT) {
      this.#reserve(LENGTH_BYTES + MOST_BYTES_OF_A_UNIT * value.length);
      const mark = this.#at + LENGTH_BYTES;
      this.#at = mark + this.#buffer.write(value, mark, "utf8");
      this.end(mark);
      return;
    }
    this.#reserve(1 + MOST_BYTES_OF_A_UNIT * MOST_SHORT);
    const buffer = this.#buffer;
    const start = this.#at + 1;
    let at = start;
    for (let i = 0; i < value.length; i++) {
      const unit = value.charCodeAt(i);
      if (unit >= 0x80) {
        at = start + buffer.write(value, start, "utf8");
        break;
      }
      buffer[at++] = unit;
    }
    buffer[start - 1] = at - start;
    this.#at = at;
  }

  /** Appends a part of a message that is encoded already. */
  encoded(part: Uint8Array): void {
    this.#reserve(part.length);
    this.#buffer.set(part, this.#at);
    this.#at += part.length;
  }

  /** Appends bytes of another buffer. */
  copied(bytes: Buffer, from: number, to: number): void {
    if (from >= to) return;
    this.#reserve(to - from);
    this.#at += bytes.copy(this.#buffer, this.#at, from, to);
  }

  /** Overwrites digits in the written bytes. The last digit is `last` bytes before their end. */
  digitsBefore(value: number, last: number): void {
    const buffer = this.#buffer;
    // Integers of 32 bits are faster than larger numbers.
    let high = Math.floor(value / MILLION);
    let low = value - high * MILLION;
    let at = this.#at - last;
    for (let n = 0; n < 6; n++) {
      buffer[--at] = ZERO + (low % 10);
      low = Math.floor(low / 10);
    }
    for (; high > 0; high = Math.floor(high / 10)) buffer[--at] = ZERO + (high % 10);
  }

  /** A text that is a part of another buffer. */
  part(field: number, bytes: Uint8Array, from: number, to: number): void {
    this.#tag(field, 2);
    this.#varint(to - from);
    this.#reserve(to - from);
    const buffer = this.#buffer;
    let at = this.#at;
    for (let next = from; next < to; next++) buffer[at++] = bytes[next] ?? 0;
    this.#at = at;
  }

  /** The text of a UUID of version 8 (RFC 9562). @param bytes at least 16 characters, one for each byte */
  uuid(field: number, bytes: string): void {
    this.#tag(field, 2);
    this.#varint(UUID_LENGTH);
    this.#reserve(UUID_LENGTH);
    const buffer = this.#buffer;
    let at = this.#at;
    for (let i = 0; i < 16; i++) {
      if (i === 4 || i === 6 || i === 8 || i === 10) buffer[at++] = DASH;
      let byte = bytes.charCodeAt(i);
      if (i === 6) byte = (byte & 0x0f) | 0x80;
      else if (i === 8) byte = (byte & 0x3f) | 0x80;
      buffer[at++] = HEX[byte >>> 4] ?? 0;
      buffer[at++] = HEX[byte & 0x0f] ?? 0;
    }
    this.#at = at;
  }

  bytes(field: number, value: Uint8Array): void {
    this.#tag(field, 2);
    this.#varint(value.length);
    this.#reserve(value.length);
    this.#buffer.set(value, this.#at);
    this.#at += value.length;
  }

  /** @returns a mark for {@link end} */
  begin(field: number): number {
    this.#tag(field, 2);
    this.#reserve(LENGTH_BYTES);
    this.#at += LENGTH_BYTES;
    return this.#at;
  }

  end(mark: number): void {
    const length = this.#at - mark;
    if (length > LARGEST) throw new RangeError(`a message of ${length} bytes is too large`);
    const buffer = this.#buffer;
    buffer[mark - 4] = (length & 0x7f) | 0x80;
    buffer[mark - 3] = ((length >>> 7) & 0x7f) | 0x80;
    buffer[mark - 2] = ((length >>> 14) & 0x7f) | 0x80;
    buffer[mark - 1] = length >>> 21;
  }

  #tag(field: number, type: number): void {
    this.#varint(field * 8 + type);
  }

  #varint(value: number): void {
    this.#reserve(10);
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#at++] = (rest % 0x80) + 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#at++] = rest;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#buffer.length, this.#at + bytes));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}
