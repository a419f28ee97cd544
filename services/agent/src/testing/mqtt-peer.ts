import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";

export interface Packet {
  /** The packet's type and flags [MQTT5 2.1.1]. */
  readonly first: number;
  readonly body: Buffer;
}

/** Parses MQTT packets, and answers with the bytes that a test gives. */
export class MqttPeer {
  readonly packets: Packet[] = [];
  readonly sockets: Socket[] = [];
  readonly #server: Server;

  private constructor(answer: (packet: Packet, socket: Socket) => void) {
    this.#server = createServer((socket) => {
      this.sockets.push(socket);
      let buffer = Buffer.alloc(0);
      socket.on("error", () => {});
      socket.on("data", (data) => {
        buffer = Buffer.concat([buffer, data]);
        for (;;) {
          const packet = cut(buffer);
          if (packet === undefined) return;
          buffer = buffer.subarray(packet.length);
          this.packets.push(packet);
          answer(packet, socket);
        }
      });
    });
  }

  static async listen(answer: (packet: Packet, socket: Socket) => void): Promise<MqttPeer> {
    const peer = new MqttPeer(answer);
    await new Promise<void>((resolve) => peer.#server.listen(0, "127.0.0.1", resolve));
    return peer;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Cuts off the first complete packet. In tests, a length has at most two bytes. */
function cut(buffer: Buffer): (Packet & { length: number }) | undefined {
  const [first, low, high] = buffer;
  if (first === undefined || low === undefined) return undefined;
  const long = low > 127;
  if (long && high === undefined) return undefined;
  const size = long ? (low & 127) + (high ?? 0) * 128 : low;
  const start = long ? 3 : 2;
  if (buffer.length < start + size) return undefined;
  return { first, body: buffer.subarray(start, start + size), length: start + size };
}

export const CONNECT = 0x10;
export const PUBLISH_QOS1 = 0x32;
export const SUBSCRIBE = 0x82;

export function publishOf({ body }: Packet, version: 4 | 5): { topic: string; id: number; payload: unknown } {
  const end = 2 + body.readUInt16BE(0);
  const payload = body.subarray(end + 2 + (version === 5 ? 1 : 0));
  return { topic: body.toString("utf8", 2, end), id: body.readUInt16BE(end), payload: JSON.parse(payload.toString()) };
}
