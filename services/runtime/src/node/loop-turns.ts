import { setImmediate } from "node:timers/promises";

/** About the longest time, in milliseconds, for which other work of the process waits. */
const BUSY_MS = 10;
/** Number of items between two looks at the clock. */
const LOOK_EVERY = 16;

/**
 * Lets the event loop turn during long work, so that the process's other work goes on. Promises alone do not let it
 * turn: code that awaits them runs before the next turn.
 */
export class LoopTurns {
  #since = performance.now();
  #items = 0;

  /** Call once for each item. If the work has taken too long, wait for the promise: it resolves in the next turn. */
  due(): Promise<void> | undefined {
    this.#items += 1;
    if (this.#items % LOOK_EVERY !== 0 || performance.now() - this.#since < BUSY_MS) return undefined;
    return this.#turn();
  }

  async #turn(): Promise<void> {
    await setImmediate();
    this.#since = performance.now();
  }
}
