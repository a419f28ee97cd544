export interface Readable {
  pause(): void;
  resume(): void;
}

/**
 * Handles a connection's messages one by one. The socket is paused while `handle` waits. Messages that were already
 * read wait here: those in one chunk of 64 KiB, and perhaps one that began in an earlier chunk.
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
    const handled = this.#handle(message);
    if (handled !== undefined) this.#pause(handled);
  }

  pauseUntil(until: Promise<void>): void {
    if (this.#ended || this.#waiting !== undefined) return;
    this.#pause(until);
  }

  finish(): void {
    const rest = this.#waiting ?? [];
    this.end();
    for (const message of rest) void this.#handle(message);
  }

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
      const handled = this.#handle(message);
      if (handled !== undefined) await handled;
    }
    if (this.#ended) return;
    this.#waiting = undefined;
    this.#socket.resume();
  }
}
