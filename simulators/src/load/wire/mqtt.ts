/** The part of MQTT 3.1.1 and 5 that a load device needs. */
export const CONNACK = 2;
export const PUBLISH = 3;
export const PUBACK = 4;

export interface MqttPacket {
  /** The upper four bits of the first byte [MQTT5 2.1.2]. */
  readonly type: number;
  readonly flags: number;
  readonly body: Buffer;
}

/** CONNECT with a clean start, because the sender keeps its own state [MQTT5 3.1]. */
export function connect(version: 4 | 5, device: string, token: string, keepAliveSeconds: number): Buffer {
  const header = [0, 4, 0x4d, 0x51, 0x54, 0x54, version, 0xc2, keepAliveSeconds >> 8, keepAliveSeconds & 255];
  const properties = version === 5 ? [0] : [];
  return packet(0x10, [Buffer.from([...header, ...properties]), text(device), text(device), text(token)]);
}

/** PUBLISH with QoS 1 [MQTT5 3.3]. */
export function publish(version: 4 | 5, topic: string, id: number, payload: string): Buffer {
  const topicBytes = Buffer.byteLength(topic);
  const payloadBytes = Buffer.byteLength(payload);
  const rest = 2 + topicBytes + 2 + (version === 5 ? 1 : 0) + payloadBytes;
  const buffer = Buffer.allocUnsafe(1 + lengthBytes(rest) + rest);
  buffer[0] = 0x32;
  let at = writeLength(buffer, 1, rest);
  at = buffer.writeUInt16BE(topicBytes, at);
  at += buffer.write(topic, at);
  at = buffer.writeUInt16BE(id, at);
  if (version === 5) buffer[at++] = 0;
  buffer.write(payload, at);
  return buffer;
}

export function subscribe(version: 4 | 5, filter: string, id: number): Buffer {
  const header = Buffer.from([id >> 8, id & 255, ...(version === 5 ? [0] : [])]);
  return packet(0x82, [header, text(filter), Buffer.from([1])]);
}

export function puback(id: number): Buffer {
  return Buffer.from([0x40, 2, id >> 8, id & 255]);
}

export const PINGREQ = Buffer.from([0xc0, 0]);
export const DISCONNECT = Buffer.from([0xe0, 0]);

export function readPublish(
  { flags, body }: MqttPacket,
  version: 4 | 5,
): { topic: string; id: number; payload: string } {
  let at = 2 + body.readUInt16BE(0);
  const topic = body.toString("utf8", 2, at);
  const qos = (flags >> 1) & 3;
  const id = qos === 0 ? 0 : body.readUInt16BE(at);
  if (qos > 0) at += 2;
  // The gateway's properties are short: their length is one byte.
  if (version === 5) at += 1 + (body[at] ?? 0);
  return { topic, id, payload: body.toString("utf8", at) };
}

export class MqttFramer {
  #rest: Buffer | undefined;

  *push(chunk: Buffer): Iterable<MqttPacket> {
    let buffer = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const [length, start] = readLength(buffer);
      if (length === undefined || buffer.length < start + length) break;
      const first = buffer[0] ?? 0;
      yield { type: first >> 4, flags: first & 15, body: buffer.subarray(start, start + length) };
      buffer = buffer.subarray(start + length);
    }
    this.#rest = buffer.length === 0 ? undefined : buffer;
  }
}

/** The remaining length [MQTT5 1.5.5] and the start of the body; undefined: an incomplete length. */
function readLength(buffer: Buffer): [number | undefined, number] {
  let length = 0;
  for (let at = 1; at <= 4; at++) {
    const byte = buffer[at];
    if (byte === undefined) return [undefined, 0];
    length += (byte & 127) * 128 ** (at - 1);
    if (byte < 128) return [length, at + 1];
  }
  throw new RangeError("a packet's length takes more than four bytes");
}

function packet(first: number, parts: readonly Buffer[]): Buffer {
  const rest = parts.reduce((sum, { length }) => sum + length, 0);
  const head = Buffer.alloc(1 + lengthBytes(rest));
  head[0] = first;
  writeLength(head, 1, rest);
  return Buffer.concat([head, ...parts]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
}

function lengthBytes(length: number): number {
  return length < 128 ? 1 : length < 16_384 ? 2 : length < 2_097_152 ? 3 : 4;
}

function writeLength(buffer: Buffer, from: number, length: number): number {
  let at = from;
  let rest = length;
  do {
    buffer[at++] = (rest & 127) | (rest > 127 ? 128 : 0);
    rest >>= 7;
  } while (rest > 0);
  return at;
}
