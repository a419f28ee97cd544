export interface BucketLimits {
  /** Tokens in a full bucket: the largest burst. */
  readonly burst: number;
  /** Milliseconds for one more token. */
  readonly refillMs: number;
}

export class TokenBucket {
  readonly #burst: number;
  readonly #refillMs: number;
  readonly #clock: () => number;
  #tokens: number;
  #at: number;

  /** @param clock milliseconds; setting it back neither fills nor empties the bucket */
  constructor({ burst, refillMs }: BucketLimits, clock: () => number) {
    this.#burst = burst;
    this.#refillMs = refillMs;
    this.#tokens = burst;
    this.#clock = clock;
    this.#at = clock();
  }

  get available(): number {
    this.#refill();
    return Math.max(0, Math.floor(this.#tokens));
  }

  /**
   * Takes `count` tokens, on credit if there are fewer.
   * @returns milliseconds until the credit is paid back
   */
  take(count: number): number {
    this.#refill();
    this.#tokens -= count;
    return this.#tokens >= 0 ? 0 : Math.ceil(-this.#tokens * this.#refillMs);
  }

  give(count: number): void {
    this.#refill();
    this.#tokens = Math.min(this.#burst, this.#tokens + count);
  }

  /** Milliseconds until `count` tokens are available, at most until the bucket is full. */
  untilAvailable(count: number): number {
    this.#refill();
    const missing = Math.min(count, this.#burst) - this.#tokens;
    return missing <= 0 ? 0 : Math.ceil(missing * this.#refillMs);
  }

  #refill(): void {
    const now = this.#clock();
    if (now > this.#at) this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) / this.#refillMs);
    this.#at = now;
  }
}
