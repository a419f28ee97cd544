import { FleetError } from "@fleetlog/domain";

export interface FairQueueLimits {
  readonly parallel: number;
  /** Pieces of work that may wait, over all keys. */
  readonly waiting: number;
}

interface Waiting {
  readonly start: () => void;
  readonly refuse: () => void;
}

/**
 * Runs work with bounded parallelism, taking the keys in turn. A full queue refuses the newest work of the key with the
 * most work.
 */
export class FairQueue {
  readonly #limits: FairQueueLimits;
  /** In the order of their turns. */
  readonly #waiting = new Map<string, Waiting[]>();
  #running = 0;
  #count = 0;

  constructor(limits: FairQueueLimits) {
    this.#limits = limits;
  }

  /** @throws FleetError `rate-limited` if the queue is full; errors of `work` */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#limits.parallel) this.#running++;
    else await this.#turn(key);
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  #turn(key: string): Promise<void> {
    return new Promise((start, reject) => {
      const refuse = () => {
        reject(
          new FleetError("rate-limited", "too many passwords are being checked", {
            advice: "Try again in a moment.",
            retryAfterMs: 1_000,
          }),
        );
      };
      const own = this.#waiting.get(key) ?? [];
      own.push({ start, refuse });
      this.#waiting.set(key, own);
      this.#count++;
      if (this.#count > this.#limits.waiting) this.#refuseOne();
    });
  }

  #refuseOne(): void {
    let longest: [string, Waiting[]] | undefined;
    for (const entry of this.#waiting)
      if (longest === undefined || entry[1].length > longest[1].length) longest = entry;
    if (longest === undefined) return;
    const [key, queue] = longest;
    queue.pop()?.refuse();
    this.#count--;
    if (queue.length === 0) this.#waiting.delete(key);
  }

  #next(): void {
    const [first] = this.#waiting;
    if (first === undefined) {
      this.#running--;
      return;
    }
    const [key, queue] = first;
    this.#waiting.delete(key);
    const next = queue.shift();
    if (queue.length > 0) this.#waiting.set(key, queue);
    this.#count--;
    next?.start();
  }
}
