import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Link, LinkListener } from "./link.ts";

/** Time without data after which TCP checks the peer. Clients may have no MQTT keep-alive. */
const PROBE_MS = 60_000;

const LINK = Symbol("link");

type Linked = Duplex & { [LINK]: StreamLink };

export class StreamLink implements Link {
  readonly #stream: Duplex;
  #listener: LinkListener | undefined;
  #ended = false;
  #failure: string | undefined;

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  start(listener: LinkListener): void {
    const stream = this.#stream as Linked;
    this.#listener = listener;
    stream[LINK] = this;
    if (stream instanceof Socket) stream.setNoDelay(true).setKeepAlive(true, PROBE_MS);
    for (const event of ["data", "drain", "end", "error", "close"] as const) stream.on(event, StreamLink.#ON[event]);
  }

  /** Shared by all streams: closures would take half a kilobyte more for each connection. */
  static readonly #ON = {
    data(this: Linked, chunk: Buffer): void {
      this[LINK].#received(chunk);
    },
    drain(this: Linked): void {
      this[LINK].#listener?.drained();
    },
    end(this: Linked): void {
      this.end();
      this[LINK].#listener?.ended();
    },
    error(this: Linked, error: NodeJS.ErrnoException): void {
      this[LINK].#failed(error);
    },
    close(this: Linked): void {
      this[LINK].#gone();
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
