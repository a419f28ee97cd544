import type { RefusalEvent, SignInEvent } from "@fleetlog/domain";
import { type BucketLimits, TokenBucket } from "@fleetlog/runtime";

/** Milliseconds between two events of a key. */
export const COALESCED_MS = 60_000;

/** An event of ACCESS, which has a count. */
export type AccessEvent = RefusalEvent | SignInEvent;

/** The body of an event without its count. */
export type Uncounted<Event extends AccessEvent = AccessEvent> = Event extends AccessEvent
  ? { readonly type: Event["type"]; readonly data: Omit<Event["data"], "count"> }
  : never;

export interface CoalescedOptions<Event extends AccessEvent> {
  readonly rate: BucketLimits;
  /** Maximum number of keys that are counted separately. */
  readonly keys: number;
  readonly record: (event: Event) => void;
  readonly ready: () => boolean;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

interface Counted<Event extends AccessEvent> {
  body: Uncounted<Event>;
  count: number;
  nextAt: number;
}

/** Records the first event of a key at once, then one event a minute with a count. A key is, say, caller, action and code. */
export class CoalescedEvents<Event extends AccessEvent> {
  readonly #options: CoalescedOptions<Event>;
  readonly #rate: TokenBucket;
  readonly #counted = new Map<string, Counted<Event>>();

  constructor(options: CoalescedOptions<Event>) {
    this.#options = options;
    this.#rate = new TokenBucket(options.rate, options.now);
  }

  get size(): number {
    return this.#counted.size;
  }

  /**
   * @param others counted instead of `key` when there are too many keys; all calls together may give only a few
   * different ones
   */
  add(
    key: string,
    body: Uncounted<Event>,
    others: { readonly key: string; readonly body: Uncounted<Event> },
    count = 1,
  ): void {
    if (this.#counted.has(key) || this.#counted.size < this.#options.keys) this.#count(key, body, count);
    else this.#count(others.key, others.body, count);
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

  #count(key: string, body: Uncounted<Event>, count: number): void {
    const now = this.#options.now();
    const counted = this.#counted.get(key) ?? { body, count: 0, nextAt: now };
    counted.body = body;
    counted.count += count;
    this.#counted.set(key, counted);
    if (counted.nextAt <= now) this.#record(counted, now);
  }

  #record(counted: Counted<Event>, now: number): void {
    if (!this.#options.ready() || this.#rate.untilAvailable(1) > 0) return;
    this.#rate.take(1);
    const { body, count } = counted;
    counted.count = 0;
    counted.nextAt = now + COALESCED_MS;
    this.#options.record({ type: body.type, data: { ...body.data, count } } as Event);
  }
}
