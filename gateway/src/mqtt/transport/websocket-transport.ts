import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { isFrameFault } from "../../net/explained-websocket.ts";
import type { Transport, TransportListener } from "./transport.ts";

const UNSUPPORTED_DATA = 1003;
const NORMAL = 1000;

/** MQTT over WebSocket [MQTT 6]. A message has any part of the byte stream. */
export class WebSocketTransport implements Transport {
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
  #ended = false;

  /** @param stream below the WebSocket; has the `drain` event that a WebSocket lacks */
  constructor(socket: WebSocket, stream: Duplex) {
    this.#socket = socket;
    this.#stream = stream;
  }

  start(listener: TransportListener): void {
    const socket = this.#socket;
    const stream = this.#stream;
    let detail: string | undefined;
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      if (this.#ended) return;
      // [MQTT-6.0.0-1]
      if (isBinary) listener.received(data);
      else socket.close(UNSUPPORTED_DATA, "MQTT is binary");
    });
    socket.on("ping", (data: Buffer) => {
      // RFC 6455, 5.5.3 allows a pong for only the newest ping.
      if (!stream.writableNeedDrain) socket.pong(data);
    });
    stream.on("drain", () => listener.drained());
    stream.on("end", () => listener.ended());
    socket.on("error", (error: NodeJS.ErrnoException) => {
      detail = isFrameFault(error) ? error.message : (error.code ?? error.message);
    });
    socket.once("close", () => listener.gone(detail));
  }

  get backlog(): number {
    return this.#stream.writableLength;
  }

  write(bytes: Buffer): boolean {
    this.#socket.send(bytes);
    return !this.#stream.writableNeedDrain;
  }

  pause(): void {
    if (!this.#ended) this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#ended = true;
    this.#socket.resume();
    this.#socket.close(NORMAL);
  }

  destroy(): void {
    this.#ended = true;
    this.#socket.terminate();
  }
}
