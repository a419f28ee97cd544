import { randomBytes } from "node:crypto";

/** The part of RFC 6455 that a load device needs. */
export const TEXT = 1;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

export interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** The upgrade request (RFC 6455, 4.1), with basic authentication (RFC 7617). */
export function handshake(host: string, path: string, device: string, token: string): string {
  const credentials = Buffer.from(`${device}:${token}`).toString("base64");
  return [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
    `Authorization: Basic ${credentials}`,
    "\r\n",
  ].join("\r\n");
}

/**
 * Masked as RFC 6455, 5.3, requires, but with zeros, which cost nothing. Random masks only protect proxies against
 * scripts of web pages.
 */
export function frame(opcode: number, payload: string | Buffer): Buffer {
  const length = Buffer.byteLength(payload);
  const start = length < 126 ? 6 : length < 65_536 ? 8 : 14;
  const buffer = Buffer.allocUnsafe(start + length);
  buffer[0] = 0x80 | opcode;
  if (length < 126) buffer[1] = 0x80 | length;
  else if (length < 65_536) {
    buffer[1] = 0x80 | 126;
    buffer.writeUInt16BE(length, 2);
  } else {
    buffer[1] = 0x80 | 127;
    buffer.writeBigUInt64BE(BigInt(length), 2);
  }
  buffer.fill(0, start - 4, start);
  if (typeof payload === "string") buffer.write(payload, start);
  else payload.copy(buffer, start);
  return buffer;
}

/** Parses the answer to the upgrade, then frames. Does not join fragmented messages. */
export class WebSocketFramer {
  #rest: Buffer | undefined;
  #upgraded = false;

  *push(chunk: Buffer, onUpgrade: (status: string) => void): Iterable<Frame> {
    let buffer = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    if (!this.#upgraded) {
      const end = buffer.indexOf("\r\n\r\n");
      if (end < 0) {
        this.#rest = buffer;
        return;
      }
      this.#upgraded = true;
      onUpgrade(buffer.toString("latin1", 0, buffer.indexOf("\r\n")));
      buffer = buffer.subarray(end + 4);
    }
    for (;;) {
      const [length, start] = readLength(buffer);
      if (length === undefined || buffer.length < start + length) break;
      yield { opcode: (buffer[0] ?? 0) & 15, payload: buffer.subarray(start, start + length) };
      buffer = buffer.subarray(start + length);
    }
    this.#rest = buffer.length === 0 ? undefined : buffer;
  }
}

/** Length of a server's frame, which is never masked (5.1), and the start of its payload; undefined: incomplete. */
function readLength(buffer: Buffer): [number | undefined, number] {
  const short = (buffer[1] ?? 0) & 127;
  if (buffer.length < 2) return [undefined, 0];
  if (short < 126) return [short, 2];
  if (short === 126) return buffer.length < 4 ? [undefined, 0] : [buffer.readUInt16BE(2), 4];
  return buffer.length < 10 ? [undefined, 0] : [Number(buffer.readBigUInt64BE(2)), 10];
}
