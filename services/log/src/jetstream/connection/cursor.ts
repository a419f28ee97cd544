/** A position in bytes, moved by reading. It makes no object for a number, because it runs for every message. */
export class Cursor {
  at = 0;

  /** Reads decimal digits; 0 without a digit. */
  number(bytes: Uint8Array): number {
    let value = 0;
    for (let digit = (bytes[this.at] ?? 0) - 0x30; digit >= 0 && digit <= 9; digit = (bytes[this.at] ?? 0) - 0x30) {
      value = value * 10 + digit;
      this.at += 1;
    }
    return value;
  }

  /** Moves behind the next `byte`. */
  skip(bytes: Uint8Array, byte: number): void {
    while (this.at < bytes.length && bytes[this.at] !== byte) this.at += 1;
    this.at += 1;
  }
}
