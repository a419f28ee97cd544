import { FleetError } from "@fleetlog/domain";

export interface AdmissionLimits {
  /** How many are let through at once. */
  readonly atOnce: number;
  /** How many may wait behind them. */
  readonly waiting: number;
}

/** Enough to keep the log busy: an opening is a few round trips of well under a millisecond each. */
export const ADMISSION: AdmissionLimits = { atOnce: 256, waiting: 8_192 };

const RETRY_MS = 1_000;
const SPREAD_MS = 4_000;

/**
 * The door for those who log in. After a restart a whole fleet stands before it at once: so many are let through
 * together, more wait in line, and the rest are told to come back, each at another moment.
 */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #line: (() => void)[] = [];
  #inside = 0;

  constructor(limits: AdmissionLimits = ADMISSION) {
    this.#limits = limits;
  }

  /** @throws FleetError `unavailable` with `retryAfterMs` when the line is full; else what the work throws */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inside < this.#limits.atOnce) this.#inside++;
    else await this.#queue();
    try {
      return await work();
    } finally {
      // Whoever is first in line takes the place over; it is not free in between.
      const next = this.#line.shift();
      if (next === undefined) this.#inside--;
      else next();
    }
  }

  #queue(): Promise<void> {
    if (this.#line.length >= this.#limits.waiting) {
      throw new FleetError("unavailable", "too many devices log in at this moment", {
        advice: "Come back later; agents do so by themselves.",
        retryAfterMs: Math.round(RETRY_MS + Math.random() * SPREAD_MS),
      });
    }
    return new Promise((resolve) => this.#line.push(resolve));
  }
}
