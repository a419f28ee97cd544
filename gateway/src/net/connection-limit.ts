import type { Duplex } from "node:stream";

/**
 * Connections over the limit that may still send their log-in. They are refused in their protocol with a retry-after, or
 * replace the device's own session. Any further ones are closed without an answer.
 */
const MAX_OVER_LIMIT = 256;

/** One connection, counted against the limit. */
export interface CountedConnection {
  /** Over the limit: refuse, unless it replaces this device's own session. */
  readonly overLimit: boolean;
}

/** The limit of device connections on this node, over all protocols. Operators and browsers are not counted. */
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

  /** Open device connections, logged in or not. */
  get open(): number {
    return this.#open;
  }

  /** Counts the connection while its stream is open. Returns undefined if it must be closed without an answer. */
  count(stream: Duplex): CountedConnection | undefined {
    if (stream.closed) return undefined;
    const within = this.#open < this.#limit;
    if (!within) this.#report();
    if (this.#open >= this.#limit + MAX_OVER_LIMIT) return undefined;
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
