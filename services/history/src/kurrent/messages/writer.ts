const FIRST_BYTES = 64 * 1024;
/** Lengths of nested messages take four bytes, so that they can be written after the message. */
const LENGTH_BYTES = 4;
const LARGEST = 2 ** 28 - 1;
const MOST_BYTES_OF_A_UNIT = 3;
/** The UTF-8 of a text up to this length has a length of one byte. Shorter than this, a call of native code takes longer than a loop. */
const MOST_SHORT = 42;
/** Shorter than this, a call of native code takes longer than a loop. */
const LONG_PIECE = 64;

/** A text of parts of a larger one, and of others between them. */
export interface Pieces {
  readonly of: Buffer;
  readonly pieces: readonly ({ readonly from: number; readonly to: number } | Uint8Array)[];
}

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

  pieces(field: number, { of, pieces }: Pieces): void {
    let length = 0;
    for (const piece of pieces) length += piece instanceof Uint8Array ? piece.length : piece.to - piece.from;
    this.#tag(field, 2);
    this.#varint(length);
    for (const piece of pieces) {
      if (piece instanceof Uint8Array) this.encoded(piece);
      else this.#copy(of, piece.from, piece.to);
    }
  }

  /** A part of a message that was written before. */
  encoded(part: Uint8Array): void {
    this.#reserve(part.length);
    this.#buffer.set(part, this.#at);
    this.#at += part.length;
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

  #copy(bytes: Buffer, from: number, to: number): void {
    this.#reserve(to - from);
    const buffer = this.#buffer;
    let at = this.#at;
    if (to - from >= LONG_PIECE) at += bytes.copy(buffer, at, from, to);
    else for (let i = from; i < to; i++) buffer[at++] = bytes[i] ?? 0;
    this.#at = at;
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
