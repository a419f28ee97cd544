import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Transport, TransportListener } from "./transport.ts";

/** Time without data after which TCP checks the peer. Clients may have no MQTT keep-alive. */
const PROBE_MS = 60_000;

const TRANSPORT = Symbol("transport");

type StreamWithTransport = Duplex & { [TRANSPORT]: StreamTransport };

export class StreamTransport implements Transport {
  readonly #stream: Duplex;
  #listener: TransportListener | undefined;
  #ended = false;
  #failure: string | undefined;

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  start(listener: TransportListener): void {
    const stream = this.#stream as StreamWithTransport;
    this.#listener = listener;
    stream[TRANSPORT] = this;
    if (stream instanceof Socket) stream.setNoDelay(true).setKeepAlive(true, PROBE_MS);
    for (const event of ["data", "drain", "end", "error", "close"] as const)
      stream.on(event, StreamTransport.#ON[event]);
  }

  /** Shared by all streams: closures would take half a kilobyte more for each connection. */
  static readonly #ON = {
    data(this: StreamWithTransport, chunk: Buffer): void {
      this[TRANSPORT].#received(chunk);
    },
    drain(this: StreamWithTransport): void {
      this[TRANSPORT].#listener?.drained();
    },
    end(this: StreamWithTransport): void {
      this.end();
      this[TRANSPORT].#listener?.ended();
    },
    error(this: StreamWithTransport, error: NodeJS.ErrnoException): void {
      this[TRANSPORT].#failed(error);
    },
    close(this: StreamWithTransport): void {
      this[TRANSPORT].#gone();
    },
  };

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

  #received(chunk: Buffer): void {
    if (!this.#ended) this.#listener?.received(chunk);
  }

  #failed(error: NodeJS.ErrnoException): void {
    this.#failure = error.code ?? error.message;
    this.#stream.destroy();
  }

  #gone(): void {
    this.#listener?.gone(this.#failure);
  }
}
