import { type BucketLimits, TokenBucket } from "./token-bucket.ts";

export interface BucketsLimits extends BucketLimits {
  /** Beyond this number of keys, the least recently used key is dropped. */
  readonly keys: number;
}

/** A bucket for each key. Full buckets are dropped, so idle keys take no memory. */
export class TokenBuckets {
  readonly #limits: BucketsLimits;
  readonly #clock: () => number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(limits: BucketsLimits, clock: () => number) {
    this.#limits = limits;
    this.#clock = clock;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** @returns milliseconds until the credit is paid back, as {@link TokenBucket.take} */
  take(key: string, count = 1): number {
    const bucket = this.#buckets.get(key) ?? new TokenBucket(this.#limits, this.#clock);
    const wait = bucket.take(count);
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    this.#dropOldest();
    return wait;
  }

  /**
   * Takes tokens only if there are enough.
   * @returns 0, or the milliseconds until there are enough
   */
  tryTake(key: string, count = 1): number {
    const wait = this.untilAvailable(key, count);
    if (wait === 0) this.take(key, count);
    return wait;
  }

  give(key: string, count = 1): void {
    const bucket = this.#buckets.get(key);
    bucket?.give(count);
    if (bucket?.available === this.#limits.burst) this.#buckets.delete(key);
  }

  untilAvailable(key: string, count = 1): number {
    return this.#buckets.get(key)?.untilAvailable(count) ?? 0;
  }

  #dropOldest(): void {
    for (const [key, bucket] of this.#buckets) {
      if (this.#buckets.size <= this.#limits.keys && bucket.available < this.#limits.burst) return;
      this.#buckets.delete(key);
    }
  }
}
