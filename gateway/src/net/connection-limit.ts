import type { Duplex } from "node:stream";

/**
 * Connections over the limit that may still log in: to be refused in words of their protocol, with a time to come back,
 * or to replace the device's own session. More are closed without an answer.
 */
const OVER_LIMIT = 256;

/** One connection, counted against the limit. */
export interface CountedConnection {
  /** Over the limit: refuse, unless it replaces this device's own session. */
  readonly overLimit: boolean;
}

/** The limit of device connections on this node, for all protocols together. Operators and browsers are not counted. */
export class ConnectionLimit {
  readonly #limit: number;
  readonly #onOverLimit: (count: number) => void;
  #open = 0;
  #overLimit = 0;

  /** @param onOverLimit called for the first, second, fourth, eighth, … connection over the limit */
  constructor(limit: number, onOverLimit: (count: number) => void = () => {}) {
    this.#limit = limit;
    this.#onOverLimit = onOverLimit;
  }

  /** Device connections that are open, logged in or not. */
  get open(): number {
    return this.#open;
  }

  /** Counts the connection for as long as its stream is open. Undefined: close it without an answer. */
  count(stream: Duplex): CountedConnection | undefined {
    if (stream.closed) return undefined;
    const within = this.#open < this.#limit;
    if (!within) this.#report();
    if (this.#open >= this.#limit + OVER_LIMIT) return undefined;
    this.#open++;
    stream.once("close", () => {
      this.#open--;
    });
    const overLimit = () => !within && this.#open > this.#limit;
    return {
      get overLimit() {
        return overLimit();
      },
    };
  }

  #report(): void {
    const count = ++this.#overLimit;
    if ((count & (count - 1)) === 0) this.#onOverLimit(count);
  }
}
