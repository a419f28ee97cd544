import type { RefusalEvent } from "@fleetlog/domain";
import { type BucketLimits, TokenBucket } from "@fleetlog/runtime";

const EVERY_MS = 60_000;

export type Refusal = {
  [Type in RefusalEvent["type"]]: {
    readonly type: Type;
    readonly data: Omit<Extract<RefusalEvent, { type: Type }>["data"], "count">;
  };
}[RefusalEvent["type"]];

export interface CoalescedOptions {
  readonly rate: BucketLimits;
  /** Maximum number of keys (caller, action and code) that are counted separately. */
  readonly keys: number;
  readonly record: (event: RefusalEvent) => void;
  readonly ready: () => boolean;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

interface Counted {
  refusal: Refusal;
  count: number;
  nextAt: number;
}

/**
 * Records the first refusal of a key at once, then one event a minute with a count. A key is caller, action and code.
 */
export class CoalescedRefusals {
  readonly #options: CoalescedOptions;
  readonly #rate: TokenBucket;
  readonly #counted = new Map<string, Counted>();

  constructor(options: CoalescedOptions) {
    this.#options = options;
    this.#rate = new TokenBucket(options.rate, options.now);
  }

  get size(): number {
    return this.#counted.size;
  }

  /** @param others counted instead of `key` when there are too many keys; must itself have few different keys */
  add(key: string, refusal: Refusal, others: { readonly key: string; readonly refusal: Refusal }): void {
    if (this.#counted.has(key) || this.#counted.size < this.#options.keys) this.#count(key, refusal);
    else this.#count(others.key, others.refusal);
  }

  /** Called every second. */
  tick(): void {
    const now = this.#options.now();
    for (const [key, counted] of this.#counted) {
      if (counted.nextAt > now) continue;
      if (counted.count > 0) this.#record(counted, now);
      else this.#counted.delete(key);
    }
  }

  flush(): void {
    for (const counted of this.#counted.values()) {
      if (counted.count > 0) this.#record(counted, this.#options.now());
    }
    this.#counted.clear();
  }

  #count(key: string, refusal: Refusal): void {
    const now = this.#options.now();
    const counted = this.#counted.get(key) ?? { refusal, count: 0, nextAt: now };
    counted.refusal = refusal;
    counted.count++;
    this.#counted.set(key, counted);
    if (counted.nextAt <= now) this.#record(counted, now);
  }

  #record(counted: Counted, now: number): void {
    if (!this.#options.ready() || this.#rate.untilAvailable(1) > 0) return;
    this.#rate.take(1);
    const { refusal, count } = counted;
    counted.count = 0;
    counted.nextAt = now + EVERY_MS;
    this.#options.record({ type: refusal.type, data: { ...refusal.data, count } } as RefusalEvent);
  }
}
