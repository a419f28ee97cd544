import { isIPv6 } from "node:net";
import { FleetError } from "@fleetlog/domain";

export interface AttemptLimits {
  /** Failures that an address has at once. */
  readonly burst: number;
  /** How long until it has one more. */
  readonly refillMs: number;
  /** Addresses that are remembered; past it the one that failed longest ago is forgotten. */
  readonly addresses: number;
}

interface Failures {
  count: number;
  at: number;
}

/** Bounds how often an address may be wrong. Who is right is never counted; who has been wrong too often has to wait. */
export class Attempts {
  readonly #limits: AttemptLimits;
  readonly #clock: () => number;
  /** In the order of the last failure. */
  readonly #failures = new Map<string, Failures>();

  constructor(limits: AttemptLimits, clock: () => number) {
    this.#limits = limits;
    this.#clock = clock;
  }

  get size(): number {
    return this.#failures.size;
  }

  /** @throws FleetError `rate-limited` with the time to wait */
  check(address: string): void {
    const { burst, refillMs } = this.#limits;
    const over = this.#now(networkOf(address)).count - burst + 1;
    if (over <= 0) return;
    throw new FleetError("rate-limited", "too many wrong tokens came from this address", {
      advice: "Wait, and make sure that the token is the right one.",
      retryAfterMs: Math.ceil(over * refillMs),
    });
  }

  failed(address: string): void {
    const network = networkOf(address);
    const failures = this.#now(network);
    this.#failures.delete(network);
    this.#failures.set(network, { ...failures, count: failures.count + 1 });
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= this.#limits.addresses) break;
      this.#failures.delete(oldest);
    }
  }

  /** Takes back a failure that was none. */
  forgive(address: string): void {
    const network = networkOf(address);
    const failures = this.#failures.get(network);
    if (failures === undefined) return;
    if (failures.count <= 1) this.#failures.delete(network);
    else this.#failures.set(network, { ...failures, count: failures.count - 1 });
  }

  #now(network: string): Failures {
    const now = this.#clock();
    const known = this.#failures.get(network);
    if (known === undefined) return { count: 0, at: now };
    return { count: Math.max(0, known.count - Math.max(0, now - known.at) / this.#limits.refillMs), at: now };
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
