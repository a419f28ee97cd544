/** A socket that can be paused. */
export interface Readable {
  pause(): void;
  resume(): void;
}

/**
 * Handles a connection's messages one after the other. While a promise that `handle` returned is pending, the socket is
 * paused; what it had read by then (a chunk of 64 KiB and one message at most) waits here.
 */
export class MessageIntake {
  readonly #socket: Readable;
  readonly #handle: (message: Buffer) => Promise<void> | undefined;
  #waiting: Buffer[] | undefined;
  #ended = false;

  constructor(socket: Readable, handle: (message: Buffer) => Promise<void> | undefined) {
    this.#socket = socket;
    this.#handle = handle;
  }

  get paused(): boolean {
    return this.#waiting !== undefined;
  }

  get ended(): boolean {
    return this.#ended;
  }

  take(message: Buffer): void {
    if (this.#ended) return;
    if (this.#waiting !== undefined) {
      this.#waiting.push(message);
      return;
    }
    const hold = this.#handle(message);
    if (hold !== undefined) this.#pause(hold);
  }

  /** Reads on only when the promise has settled. */
  pauseUntil(until: Promise<void>): void {
    if (this.#ended || this.#waiting !== undefined) return;
    this.#pause(until);
  }

  /** The peer has closed: handles at once what it had sent. */
  finish(): void {
    const rest = this.#waiting ?? [];
    this.end();
    for (const message of rest) void this.#handle(message);
  }

  /** Takes nothing more; what waits is dropped. */
  end(): void {
    this.#ended = true;
    this.#waiting = undefined;
  }

  #pause(until: Promise<void>): void {
    this.#waiting = [];
    this.#socket.pause();
    void this.#drain(until);
  }

  async #drain(until: Promise<void>): Promise<void> {
    await until;
    while (this.#waiting !== undefined) {
      const message = this.#waiting.shift();
      if (message === undefined) break;
      const hold = this.#handle(message);
      if (hold !== undefined) await hold;
    }
    if (this.#ended) return;
    this.#waiting = undefined;
    this.#socket.resume();
  }
}
