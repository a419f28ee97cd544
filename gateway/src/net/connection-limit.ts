import type { Duplex } from "node:stream";
import type { ConnectionBound } from "./connection-bound.ts";

/** A device's connection. It counts as not logged in until `enter`. */
export interface CountedConnection {
  /** Whether the limit is reached. Then only a device that replaces its own session is admitted. */
  readonly overLimit: boolean;
  /**
   * Counts the connection as logged in. Returns false if the device must be refused.
   * @param replaces whether the device has a session on this node
   */
  enter(replaces: boolean): boolean;
}

/** Limits the devices that have logged in on this node, over all protocols. */
export class ConnectionLimit {
  readonly #limit: number;
  readonly #pending: ConnectionBound;
  readonly #onRefused: (count: number) => void;
  #open = 0;
  #refused = 0;

  /** @param onRefused called for the first, second, fourth, eighth, … device over the limit */
  constructor(limit: number, pending: ConnectionBound, onRefused: (count: number) => void = () => {}) {
    this.#limit = limit;
    this.#pending = pending;
    this.#onRefused = onRefused;
  }

  get open(): number {
    return this.#open;
  }

  /** Counts the connection until its stream closes. Undefined if the connection must be closed without an answer. */
  count(stream: Duplex, address: string): CountedConnection | undefined {
    const release = this.#pending.take(stream, address);
    if (release === undefined) return undefined;
    return new Counted(this, stream, release);
  }

  get isReached(): boolean {
    return this.#open >= this.#limit;
  }

  opened(stream: Duplex): void {
    this.#open++;
    stream.on("close", this.#closed);
  }

  readonly #closed = (): void => {
    this.#open--;
  };

  refused(): void {
    const count = ++this.#refused;
    if ((count & (count - 1)) === 0) this.#onRefused(count);
  }
}

class Counted implements CountedConnection {
  readonly #limit: ConnectionLimit;
  readonly #stream: Duplex;
  #release: (() => void) | undefined;

  constructor(limit: ConnectionLimit, stream: Duplex, release: () => void) {
    this.#limit = limit;
    this.#stream = stream;
    this.#release = release;
  }

  get overLimit(): boolean {
    return this.#release !== undefined && this.#limit.isReached;
  }

  enter(replaces: boolean): boolean {
    if (this.#release === undefined) return true;
    if (this.#limit.isReached && !replaces) {
      this.#limit.refused();
      return false;
    }
    this.#release();
    this.#release = undefined;
    this.#limit.opened(this.#stream);
    return true;
  }
}
