import { FleetError } from "@fleetlog/domain";

export interface TurnsOptions {
  /** Calls that run at once. */
  readonly running: number;
  readonly waiting: number;
  /** Milliseconds for which a call waits for its turn. */
  readonly waitMs: number;
}

interface Waiting {
  readonly begin: () => void;
  readonly timeout: NodeJS.Timeout;
}

/** Limits the calls that run at a time, and the calls that wait, which bounds memory and CPU time. */
export class Turns {
  readonly #options: TurnsOptions;
  readonly #waiting = new Set<Waiting>();
  #running = 0;

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /** @throws FleetError `history-unavailable` if too many calls wait, or the wait is too long */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.#turn();
    try {
      return await work();
    } finally {
      const [next] = this.#waiting;
      if (next === undefined) this.#running--;
      else {
        this.#waiting.delete(next);
        clearTimeout(next.timeout);
        next.begin();
      }
    }
  }

  #turn(): Promise<void> | undefined {
    const { running, waiting, waitMs } = this.#options;
    if (this.#running < running) {
      this.#running++;
      return undefined;
    }
    if (this.#waiting.size >= waiting) throw busy();
    return new Promise((begin, reject) => {
      const expire = () => {
        this.#waiting.delete(one);
        reject(busy());
      };
      const one: Waiting = { begin, timeout: setTimeout(expire, waitMs) };
      this.#waiting.add(one);
    });
  }
}

function busy(): FleetError {
  return new FleetError("history-unavailable", "the historian has too many calls to answer", { retryAfterMs: 2_000 });
}
