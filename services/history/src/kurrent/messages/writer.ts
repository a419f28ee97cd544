const FIRST_BYTES = 64 * 1024;
/** Lengths of nested messages take four bytes, so that they can be written after the message. */
const LENGTH_BYTES = 4;
const LARGEST = 2 ** 28 - 1;

/** Writes protobuf messages into one buffer. Each message is copied out when it is complete. */
export class Writer {
  #buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #at = 0;

  message(write: () => void): Buffer {
    this.#at = 0;
    write();
    const message = Buffer.allocUnsafe(this.#at);
    this.#buffer.copy(message, 0, 0, this.#at);
    if (this.#buffer.length > 16 * FIRST_BYTES) this.#buffer = Buffer.allocUnsafe(FIRST_BYTES);
    return message;
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
    const length = Buffer.byteLength(value);
    this.#varint(length);
    this.#reserve(length);
    this.#at += this.#buffer.write(value, this.#at, length, "utf8");
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
