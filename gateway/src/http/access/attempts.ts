import { isIPv6 } from "node:net";
import { FleetError } from "@fleetlog/domain";
import { type BucketLimits, TokenBucket } from "@fleetlog/runtime";

/** `burst` failures that an address has at once; `refillMs` until it has one more. */
export interface AttemptLimits extends BucketLimits {
  /** Addresses that are remembered; past it the one that failed longest ago is forgotten. */
  readonly addresses: number;
}

/** Bounds how often an address may be wrong. Who is right is never counted; who has been wrong too often has to wait. */
export class Attempts {
  readonly #limits: AttemptLimits;
  readonly #clock: () => number;
  /** The failures that each address has left, in the order of its last one. */
  readonly #left = new Map<string, TokenBucket>();

  constructor(limits: AttemptLimits, clock: () => number) {
    this.#limits = limits;
    this.#clock = clock;
  }

  get size(): number {
    return this.#left.size;
  }

  /** @throws FleetError `rate-limited` with the time to wait */
  check(address: string): void {
    const waitMs = this.#left.get(networkOf(address))?.untilAvailable(1) ?? 0;
    if (waitMs === 0) return;
    throw new FleetError("rate-limited", "too many wrong tokens came from this address", {
      advice: "Wait, and make sure that the token is the right one.",
      retryAfterMs: waitMs,
    });
  }

  failed(address: string): void {
    const network = networkOf(address);
    const left = this.#left.get(network) ?? new TokenBucket(this.#limits, this.#clock);
    left.take(1);
    this.#left.delete(network);
    this.#left.set(network, left);
    for (const oldest of this.#left.keys()) {
      if (this.#left.size <= this.#limits.addresses) break;
      this.#left.delete(oldest);
    }
  }

  /** Takes back a failure that was none. */
  forgive(address: string): void {
    const network = networkOf(address);
    const left = this.#left.get(network);
    left?.give(1);
    if (left?.available === this.#limits.burst) this.#left.delete(network);
  }
}

/** Whoever has one IPv6 address has its whole network of 64 bits. */
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
