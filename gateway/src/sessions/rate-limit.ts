/**
 * A token bucket that delays and never drops: a device over its rate is read more slowly, and its own
 * TCP window tells it so. Times in milliseconds.
 */
export class RateLimit {
  readonly #perMs: number;
  readonly #burst: number;
  readonly #clock: () => number;
  #tokens: number;
  #at: number;

  constructor(perSecond: number, burst: number, clock: () => number) {
    this.#perMs = perSecond / 1_000;
    this.#burst = burst;
    this.#tokens = burst;
    this.#clock = clock;
    this.#at = clock();
  }

  /** Takes `count` tokens, on credit if need be; answers how long to wait before the next are taken. */
  take(count: number): number {
    const now = this.#clock();
    this.#tokens = Math.min(this.#burst, this.#tokens + Math.max(0, now - this.#at) * this.#perMs) - count;
    this.#at = now;
    return this.#tokens >= 0 ? 0 : Math.ceil(-this.#tokens / this.#perMs);
  }
}
