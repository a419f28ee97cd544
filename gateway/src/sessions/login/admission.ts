import { FleetError } from "@fleetlog/domain";

export interface AdmissionLimits {
  readonly concurrent: number;
  readonly waiting: number;
}

/** Enough log-ins to keep the log busy: each takes a few round trips of well under a millisecond. */
export const ADMISSION: AdmissionLimits = { concurrent: 256, waiting: 8_192 };

const RETRY_MS = 1_000;
const SPREAD_MS = 4_000;

/** Limits concurrent log-ins, or other work, because a whole fleet may reconnect at once. */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #refusal: string;
  readonly #queue: (() => void)[] = [];
  #running = 0;

  constructor(limits: AdmissionLimits = ADMISSION, refusal = "too many devices are logging in") {
    this.#limits = limits;
    this.#refusal = refusal;
  }

  /** @throws FleetError `unavailable` with a random `retryAfterMs` when the queue is full; any error of the work */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#limits.concurrent) this.#running++;
    else await this.#enqueue();
    try {
      return await work();
    } finally {
      // The slot passes to the first in the queue, so that no newer log-in can take it.
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
