import type { AccountLimits } from "@fleetlog/domain";
import type { AccountUse } from "@fleetlog/protocol";
import { TokenBucket } from "@fleetlog/runtime";

const MINUTE_MS = 60_000;

/** The rate limits of one account. Its devices at all gateways share them. */
export class AccountRate {
  readonly #clock: () => number;
  #limits: AccountLimits = {};
  #events: TokenBucket | undefined;
  #bytes: TokenBucket | undefined;
  #usedEvents = 0;
  #usedBytes = 0;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** @returns milliseconds to wait before reading more */
  take(events: number, bytes: number): number {
    this.#usedEvents += events;
    this.#usedBytes += bytes;
    return Math.max(this.#events?.take(events) ?? 0, this.#bytes?.take(bytes) ?? 0);
  }

  /** What this gateway has taken since the last call; undefined if that is nothing, or if there is no limit. */
  used(): readonly [events: number, bytes: number] | undefined {
    const used = [this.#usedEvents, this.#usedBytes] as const;
    this.#usedEvents = 0;
    this.#usedBytes = 0;
    return (this.#events ?? this.#bytes) === undefined || (used[0] === 0 && used[1] === 0) ? undefined : used;
  }

  /** Counts what devices have sent to another gateway. */
  takeElsewhere(events: number, bytes: number): void {
    this.#events?.take(events);
    this.#bytes?.take(bytes);
  }

  set(limits: AccountLimits): void {
    const { eventsPerMinute, bytesPerMinute } = limits;
    // A new bucket is full, so an unchanged limit keeps its bucket.
    if (eventsPerMinute !== this.#limits.eventsPerMinute) this.#events = this.#bucket(eventsPerMinute);
    if (bytesPerMinute !== this.#limits.bytesPerMinute) this.#bytes = this.#bucket(bytesPerMinute);
    this.#limits = limits;
  }

  #bucket(perMinute: number | undefined): TokenBucket | undefined {
    if (perMinute === undefined) return undefined;
    return new TokenBucket({ burst: perMinute, refillMs: MINUTE_MS / perMinute }, this.#clock);
  }
}

export class AccountRates {
  readonly #limitsOf: (account: string) => AccountLimits;
  readonly #clock: () => number;
  readonly #rates = new Map<string, AccountRate>();

  constructor(limitsOf: (account: string) => AccountLimits, clock: () => number) {
    this.#limitsOf = limitsOf;
    this.#clock = clock;
  }

  of(account: string): AccountRate {
    let rate = this.#rates.get(account);
    if (rate === undefined) {
      rate = new AccountRate(this.#clock);
      rate.set(this.#limitsOf(account));
      this.#rates.set(account, rate);
    }
    return rate;
  }

  /** What this gateway has taken since the last call, of accounts with a limit. */
  used(): AccountUse["used"] {
    return [...this.#rates].flatMap(([account, rate]) => {
      const used = rate.used();
      return used === undefined ? [] : [[account, ...used]];
    });
  }

  takeElsewhere(used: AccountUse["used"]): void {
    for (const [account, events, bytes] of used) this.#rates.get(account)?.takeElsewhere(events, bytes);
  }

  update(account: string): void {
    this.#rates.get(account)?.set(this.#limitsOf(account));
  }
}
