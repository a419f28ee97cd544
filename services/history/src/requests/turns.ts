import { FleetError } from "@fleetlog/domain";

export interface TurnsOptions {
  /** Calls that run at once. */
  readonly running: number;
  readonly waiting: number;
  /** Milliseconds for which a call waits for its turn. */
  readonly waitMs: number;
}

/** Limits the calls that run at a time, and the calls that wait, which bounds memory and CPU time. */
export class Turns {
  readonly #options: TurnsOptions;
  /** By the function that begins the call: since when it waits. */
  readonly #waiting = new Map<() => void, number>();
  #running = 0;

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /** Milliseconds for which a call has waited for its turn, the longest of all; undefined if none waits. */
  get longestWaitMs(): number | undefined {
    const [since] = this.#waiting.values();
    return since === undefined ? undefined : performance.now() - since;
  }

  /**
   * @param signal ends the wait
   * @throws FleetError `history-unavailable` if too many calls wait, or the wait is too long; the signal's reason
   */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#turn(signal);
    try {
      return await work();
    } finally {
      const [next] = this.#waiting.keys();
      if (next === undefined) this.#running--;
      else {
        this.#waiting.delete(next);
        next();
      }
    }
  }

  async #turn(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const { running, waiting, waitMs } = this.#options;
    if (this.#running < running) {
      this.#running++;
      return;
    }
    if (this.#waiting.size >= waiting) throw busy();
    const { promise, resolve: begin, reject } = Promise.withResolvers<void>();
    const leave = (why: unknown) => {
      if (this.#waiting.delete(begin)) reject(why);
    };
    const abort = () => leave(signal?.reason);
    const timeout = setTimeout(() => leave(busy()), waitMs);
    signal?.addEventListener("abort", abort, { once: true });
    this.#waiting.set(begin, performance.now());
    try {
      await promise;
    } finally {
      clearTimeout(timeout);
      signal?.removeEventListener("abort", abort);
    }
  }
}

function busy(): FleetError {
  return new FleetError("history-unavailable", "the historian has too many calls to answer", { retryAfterMs: 2_000 });
}
