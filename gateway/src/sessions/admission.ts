import { FleetError } from "@fleetlog/domain";

export interface AdmissionLimits {
  /** Pieces of work, such as log-ins, that run at once. */
  readonly concurrent: number;
  /** Pieces of work that may wait for their turn. */
  readonly waiting: number;
}

/** Enough to keep the log busy: a log-in takes a few round trips of well under a millisecond each. */
export const ADMISSION: AdmissionLimits = { concurrent: 256, waiting: 8_192 };

const RETRY_MS = 1_000;
const SPREAD_MS = 4_000;

/**
 * Limits concurrent work, such as log-ins: a whole fleet reconnects at once after a restart. Work above the limit waits
 * in a queue. When the queue is full, the work is refused with a random delay, after which the caller may retry.
 */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #refusal: string;
  readonly #queue: (() => void)[] = [];
  #running = 0;

  constructor(limits: AdmissionLimits = ADMISSION, refusal = "too many devices are logging in") {
    this.#limits = limits;
    this.#refusal = refusal;
  }

  /** @throws FleetError `unavailable` with `retryAfterMs` when the queue is full; otherwise what the work throws */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#limits.concurrent) this.#running++;
    else await this.#enqueue();
    try {
      return await work();
    } finally {
      // The slot passes straight to the first in the queue, so that no later log-in can take it.
      const next = this.#queue.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  #enqueue(): Promise<void> {
    if (this.#queue.length >= this.#limits.waiting) {
      throw new FleetError("unavailable", this.#refusal, {
        advice: "Try again later; agents do so by themselves.",
        retryAfterMs: Math.round(RETRY_MS + Math.random() * SPREAD_MS),
      });
    }
    return new Promise((resolve) => this.#queue.push(resolve));
  }
}
