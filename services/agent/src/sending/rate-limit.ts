import type { Clock } from "../clock.ts";

/** A token bucket: so many a second on average, so many at once. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #clock: Clock;
  #tokens: number;
  #at: number;

  constructor(perSecond: number, burst: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#clock = clock;
    this.#tokens = burst;
    this.#at = clock.elapsed();
  }

  /** Whole tokens that are there now. */
  get available(): number {
    const now = this.#clock.elapsed();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) / 1_000) * this.#perSecond);
    this.#at = now;
    return Math.floor(this.#tokens);
  }

  /** Milliseconds until so many are there. */
  untilAvailable(count: number): number {
    const missing = Math.min(count, this.#burst) - this.available;
    return missing <= 0 ? 0 : Math.ceil((missing / this.#perSecond) * 1_000);
  }

  take(count: number): void {
    this.#tokens -= Math.min(count, this.available);
  }
}
