import { isIPv6 } from "node:net";
import { FleetError } from "@fleetlog/domain";
import { type BucketLimits, TokenBucket } from "@fleetlog/runtime";

/** An address may fail `burst` times at once, and once more after each `refillMs`. */
export interface AttemptLimits extends BucketLimits {
  /** Maximum of tracked addresses; the one that failed longest ago is dropped first. */
  readonly addresses: number;
}

/** Limits failed authentications of each address. Successful ones are not counted. */
export class Attempts {
  readonly #limits: AttemptLimits;
  readonly #clock: () => number;
  /** Failures that each address may still make, in the order of their last failure. */
  readonly #allowances = new Map<string, TokenBucket>();

  constructor(limits: AttemptLimits, clock: () => number) {
    this.#limits = limits;
    this.#clock = clock;
  }

  get size(): number {
    return this.#allowances.size;
  }

  /** @throws FleetError `rate-limited` with the time to wait */
  check(address: string): void {
    const waitMs = this.#allowances.get(networkOf(address))?.untilAvailable(1) ?? 0;
    if (waitMs === 0) return;
    throw new FleetError("rate-limited", "too many wrong tokens came from this address", {
      advice: "Wait, and make sure that the token is the right one.",
      retryAfterMs: waitMs,
    });
  }

  failed(address: string): void {
    const network = networkOf(address);
    const allowance = this.#allowances.get(network) ?? new TokenBucket(this.#limits, this.#clock);
    allowance.take(1);
    this.#allowances.delete(network);
    this.#allowances.set(network, allowance);
    for (const oldest of this.#allowances.keys()) {
      if (this.#allowances.size <= this.#limits.addresses) break;
      this.#allowances.delete(oldest);
    }
  }

  /** Takes back a call of `failed`. */
  undo(address: string): void {
    const network = networkOf(address);
    const allowance = this.#allowances.get(network);
    allowance?.give(1);
    if (allowance?.available === this.#limits.burst) this.#allowances.delete(network);
  }
}

/** The /64 network of an IPv6 address, because one client usually has all its addresses; other addresses unchanged. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.toLowerCase().startsWith("::ffff:")) return address;
  const [head = "", tail] = address.split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    const rest = tail === "" ? [] : tail.split(":");
    while (groups.length + rest.length < 8) groups.push("0");
  }
  return groups.slice(0, 4).join(":");
}
