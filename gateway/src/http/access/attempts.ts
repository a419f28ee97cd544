import { FleetError } from "@fleetlog/domain";
import { type BucketLimits, TokenBuckets } from "@fleetlog/runtime";
import { networkOf } from "@fleetlog/runtime/node";

/** An address may fail `burst` times at once, and once more after each `refillMs`. */
export interface AttemptLimits extends BucketLimits {
  /** Maximum number of addresses. The one that failed longest ago is dropped first. */
  readonly addresses: number;
}

/**
 * Limits failed authentications by address. A valid token is always accepted, because many people may share an address.
 */
export class Attempts {
  readonly #allowances: TokenBuckets;

  readonly #text: string;

  constructor(
    { addresses, ...limits }: AttemptLimits,
    clock: () => number,
    text = "too many wrong tokens came from this address",
  ) {
    this.#text = text;
    this.#allowances = new TokenBuckets({ ...limits, keys: addresses }, clock);
  }

  get size(): number {
    return this.#allowances.size;
  }

  /** @throws FleetError `rate-limited` with the time to wait after too many failures */
  countFailure(address: string): void {
    const retryAfterMs = this.#allowances.tryTake(networkOf(address));
    if (retryAfterMs === 0) return;
    throw new FleetError("rate-limited", this.#text, {
      advice: "Wait, and check the credentials that you send.",
      retryAfterMs,
    });
  }
  /**
   * Counts a try as a failure before its outcome is known, so that simultaneous tries are limited, too.
   * @returns a function that takes the failure back; call it if the try did not fail
   * @throws FleetError `rate-limited` with the time to wait after too many failures
   */
  begin(address: string): () => void {
    this.countFailure(address);
    return () => this.#allowances.give(networkOf(address));
  }
}
