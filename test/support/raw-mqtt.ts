import { connect as connectTcp, type Socket } from "node:net";

/** MQTT packets byte by byte, also packets that no correct client sends. */

export function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function text(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u16(bytes.length), bytes]);
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  do {
    const byte = left % 0x80;
    left = Math.floor(left / 0x80);
    bytes.push(left > 0 ? byte | 0x80 : byte);
  } while (left > 0);
  return Buffer.from(bytes);
}

export function packet(first: number, ...parts: (Buffer | number[])[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.from([first]), varint(body.length), body]);
}

export function properties(...parts: (Buffer | number[])[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([varint(body.length), body]);
}

export type Level = 3 | 4 | 5;

export interface ConnectFields {
  readonly level?: number;
  readonly protocol?: string;
  readonly clientId?: string | Buffer;
  readonly userName?: string | Buffer | undefined;
  readonly password?: string | Buffer | undefined;
  readonly clean?: boolean;
  readonly keepAlive?: number;
  readonly properties?: Buffer;
  readonly will?: {
    readonly topic: string;
    readonly payload: string;
    readonly qos?: number;
    readonly retain?: boolean;
    readonly properties?: Buffer;
  };
  readonly flags?: number;
  readonly after?: Buffer;
}

export function connect(fields: ConnectFields): Buffer {
  const { level = 5, protocol = level === 3 ? "MQIsdp" : "MQTT", clientId = "", clean = true, keepAlive = 60 } = fields;
  const { userName, password, will } = fields;
  const flags =
    (userName === undefined ? 0 : 0x80) |
    (password === undefined ? 0 : 0x40) |
    (will === undefined ? 0 : 0x04 | ((will.qos ?? 0) << 3) | (will.retain === true ? 0x20 : 0)) |
    (clean ? 0x02 : 0) |
    (fields.flags ?? 0);
  const none = Buffer.alloc(0);
  const v5 = (own: Buffer | undefined) => (level >= 5 ? (own ?? properties()) : none);
  return packet(
    0x10,
    text(protocol),
    [level, flags],
    u16(keepAlive),
    v5(fields.properties),
    text(clientId),
    will === undefined ? none : Buffer.concat([v5(will.properties), text(will.topic), text(will.payload)]),
    userName === undefined ? none : text(userName),
    password === undefined ? none : text(password),
    fields.after ?? none,
  );
}

export interface PublishFields {
  readonly level?: Level;
  readonly topic: string | Buffer;
  readonly payload?: string | Buffer;
  readonly qos?: number;
  readonly id?: number;
  readonly dup?: boolean;
  readonly retain?: boolean;
  readonly properties?: Buffer;
}

export function publish({
  level = 5,
  topic,
  payload = "",
  qos = 0,
  id = 1,
  dup,
  retain,
  ...more
}: PublishFields): Buffer {
  const none = Buffer.alloc(0);
  return packet(
    0x30 | (qos << 1) | (dup === true ? 0x08 : 0) | (retain === true ? 0x01 : 0),
    text(topic),
    qos === 0 ? none : u16(id),
    level === 5 ? (more.properties ?? properties()) : none,
    Buffer.from(payload),
  );
}

export function subscribe(level: Level, id: number, ...filters: (readonly [string, number])[]): Buffer {
  return packet(
    0x82,
    u16(id),
    level === 5 ? properties() : [],
    ...filters.map(([filter, qos]) => Buffer.concat([text(filter), Buffer.from([qos])])),
  );
}

export function unsubscribe(level: Level, id: number, ...filters: string[]): Buffer {
  return packet(0xa2, u16(id), level === 5 ? properties() : [], ...filters.map(text));
}

export const PINGREQ = Buffer.from([0xc0, 0]);
export const DISCONNECT = Buffer.from([0xe0, 0]);

export interface Received {
  readonly type: number;
  readonly flags: number;
  readonly body: Buffer;
}

export class RawMqtt {
  readonly socket: Socket;
  readonly packets: Received[] = [];
  #bytes = Buffer.alloc(0);
  #closed = false;
  readonly #waiting = new Set<() => void>();

  constructor(port: number) {
    this.socket = connectTcp(port, "127.0.0.1");
    this.socket.setNoDelay(true);
    this.socket.on("data", (chunk) => this.#received(chunk));
    this.socket.on("error", () => {});
    this.socket.once("close", () => {
      this.#closed = true;
      this.#wake();
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  send(...bytes: Buffer[]): void {
    this.socket.write(Buffer.concat(bytes));
  }

  async next(): Promise<Received> {
    for (;;) {
      const packet = this.packets.shift();
      if (packet !== undefined) return packet;
      if (this.#closed) throw new Error("the connection closed");
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Resolves with the unread packets when the server closes the connection. */
  async untilClosed(): Promise<Received[]> {
    while (!this.#closed) await new Promise<void>((resolve) => this.#waiting.add(resolve));
    return this.packets.splice(0);
  }

  destroy(): void {
    this.socket.destroy();
  }

  #received(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    for (;;) {
      let length = 0;
      let at = 1;
      for (; ; at++) {
        const byte = this.#bytes[at];
        if (byte === undefined) {
          this.#wake();
          return;
        }
        length += (byte & 0x7f) * 0x80 ** (at - 1);
        if (byte < 0x80) break;
      }
      const end = at + 1 + length;
      if (this.#bytes.length < end) break;
      const first = this.#bytes[0] as number;
      this.packets.push({ type: first >> 4, flags: first & 0x0f, body: this.#bytes.subarray(at + 1, end) });
      this.#bytes = this.#bytes.subarray(end);
    }
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** Reason code or return code of CONNACK, and its session present flag [MQTT 3.2.2]. */
export function connackOf({ type, body }: Received): { code: number; sessionPresent: boolean } {
  if (type !== 2) throw new Error(`packet type ${type} is not CONNACK`);
  return { code: body[1] as number, sessionPresent: body[0] === 1 };
}

export function acknowledgementOf({ type, body }: Received): { type: number; id: number; code: number } {
  return { type, id: body.readUInt16BE(0), code: body[2] ?? 0 };
}

export function disconnectOf(received: readonly Received[]): number | undefined {
  const last = received.at(-1);
  return last?.type === 14 ? (last.body[0] ?? 0) : undefined;
}

/** The reason string, if it is the last property. */
export function reasonStringOf(body: Buffer): string | undefined {
  for (let at = 0; at < body.length; at++) {
    if (body[at] !== 0x1f || at + 3 > body.length) continue;
    if (at + 3 + body.readUInt16BE(at + 1) === body.length) return body.toString("utf8", at + 3);
  }
  return undefined;
}
