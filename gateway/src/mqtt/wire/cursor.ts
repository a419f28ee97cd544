import { isUtf8 } from "node:buffer";
import { malformed } from "./reasons.ts";

/** Reads or skips the fields of a packet, and refuses fields beyond the packet's end [MQTT 1.5]. */
export class Cursor {
  buffer: Buffer = Buffer.alloc(0);
  at = 0;
  end = 0;

  begin(packet: Buffer): void {
    this.buffer = packet;
    this.end = packet.length;
    this.at = 1;
    while ((packet[this.at] as number) >= 0x80) this.at++;
    this.at++;
  }

  get left(): number {
    return this.end - this.at;
  }

  byte(): number {
    if (this.at + 1 > this.end) throw malformed("a packet ends inside a field");
    return this.buffer[this.at++] as number;
  }

  uint16(): number {
    if (this.at + 2 > this.end) throw malformed("a packet ends inside a field");
    const value = this.buffer.readUInt16BE(this.at);
    this.at += 2;
    return value;
  }

  uint32(): number {
    if (this.at + 4 > this.end) throw malformed("a packet ends inside a field");
    const value = this.buffer.readUInt32BE(this.at);
    this.at += 4;
    return value;
  }

  varint(): number {
    let value = 0;
    for (let i = 0; i < 4; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * 0x80 ** i;
      if (byte < 0x80) {
        // [MQTT-1.5.5-1]
        if (i > 0 && byte === 0) throw malformed("a variable byte integer is longer than it must be");
        return value;
      }
    }
    throw malformed("a variable byte integer has more than four bytes");
  }

  skipBinary(): number {
    const length = this.uint16();
    if (this.at + length > this.end) throw malformed("a packet ends inside a field");
    this.at += length;
    return length;
  }

  /** Skips a string of UTF-8 [MQTT-1.5.4-1] without U+0000 [MQTT-1.5.4-2]. Returns its length in bytes. */
  skipText(): number {
    const length = this.skipBinary();
    const bytes = this.buffer.subarray(this.at - length, this.at);
    if (!isUtf8(bytes)) throw malformed("a string is not UTF-8");
    if (bytes.includes(0)) throw malformed("a string holds U+0000");
    return length;
  }

  /** Skips a packet identifier, which must not be 0 [MQTT-2.2.1-3]. */
  packetId(): void {
    if (this.uint16() === 0) throw malformed("packet identifier 0");
  }

  finish(): void {
    if (this.at !== this.end) throw malformed("a packet has bytes after its last field");
  }
}
