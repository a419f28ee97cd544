import type { AccountLimits } from "@fleetlog/domain";
import { TokenBucket } from "@fleetlog/runtime";

const MINUTE_MS = 60_000;

/** The rate limits of one account on this node. Its devices share them. */
export class AccountRate {
  readonly #clock: () => number;
  #limits: AccountLimits = {};
  #events: TokenBucket | undefined;
  #bytes: TokenBucket | undefined;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** @returns milliseconds to wait before reading more */
  take(events: number, bytes: number): number {
    return Math.max(this.#events?.take(events) ?? 0, this.#bytes?.take(bytes) ?? 0);
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

  update(account: string): void {
    this.#rates.get(account)?.set(this.#limitsOf(account));
  }
}
