import type { Duplex } from "node:stream";

/**
 * Connections past the limit that are heard out: to be told in words of their protocol to come later, or to take over
 * the very session that holds a place. More are cut off without a word.
 */
const GUESTS = 256;

export interface Place {
  /** There is no place for it: it is to be sent away, unless it takes over what has one. */
  readonly isGuest: boolean;
}

/** The places that this node has for devices, whatever they speak. Operators and their browsers need none. */
export class Places {
  readonly #limit: number;
  readonly #onGuest: (count: number) => void;
  #taken = 0;
  #guests = 0;

  /** @param onGuest told when the first, the second, the fourth, the eighth, … has found no place */
  constructor(limit: number, onGuest: (count: number) => void = () => {}) {
    this.#limit = limit;
    this.#onGuest = onGuest;
  }

  /** Connections of devices that are there, those too that have not said who they are. */
  get taken(): number {
    return this.#taken;
  }

  /** Counts the connection for as long as its stream is open. Undefined where it can't even be heard out. */
  take(stream: Duplex): Place | undefined {
    if (stream.closed) return undefined;
    const seated = this.#taken < this.#limit;
    if (!seated) this.#count();
    if (this.#taken >= this.#limit + GUESTS) return undefined;
    this.#taken++;
    stream.once("close", () => {
      this.#taken--;
    });
    const isGuest = () => !seated && this.#taken > this.#limit;
    return {
      get isGuest() {
        return isGuest();
      },
    };
  }

  #count(): void {
    const count = ++this.#guests;
    if ((count & (count - 1)) === 0) this.#onGuest(count);
  }
}
