import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Link, LinkListener } from "./link.ts";

/** After this time of silence, TCP checks that the peer is still there. Clients may have no MQTT keep-alive. */
const PROBE_MS = 60_000;

/** MQTT over TCP or TLS. */
export class StreamLink implements Link {
  readonly #stream: Duplex;
  #ended = false;

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  start(listener: LinkListener): void {
    const stream = this.#stream;
    if (stream instanceof Socket) stream.setNoDelay(true).setKeepAlive(true, PROBE_MS);
    let detail: string | undefined;
    stream.on("data", (chunk: Buffer) => {
      if (!this.#ended) listener.received(chunk);
    });
    stream.on("drain", () => listener.drained());
    stream.on("end", () => {
      stream.end();
      listener.ended();
    });
    stream.on("error", (error: NodeJS.ErrnoException) => {
      detail = error.code ?? error.message;
      stream.destroy();
    });
    stream.once("close", () => listener.gone(detail));
  }

  get backlog(): number {
    return this.#stream.writableLength;
  }

  write(bytes: Buffer): boolean {
    return this.#stream.writable ? this.#stream.write(bytes) : true;
  }

  pause(): void {
    if (!this.#ended) this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  end(): void {
    this.#ended = true;
    this.#stream.end();
    this.#stream.resume();
  }

  destroy(): void {
    this.#ended = true;
    this.#stream.destroy();
  }
}
