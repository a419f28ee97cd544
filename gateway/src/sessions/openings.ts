import { FleetError } from "@fleetlog/domain";
import { TokenBuckets } from "@fleetlog/runtime";
import type { Reserve } from "./reserve.ts";

/** Largest number of devices whose latest log-ins are remembered. */
const DEVICES = 100_000;
/** While only the reserve is free, a log-in counts as so many log-ins. */
const COST_IN_RESERVE = 10;

/**
 * Limits how often one device may open a session, because each session appends two events. Without the limit, two
 * connections that replace each other, or a device that connects in a loop, would fill the log.
 */
export class Openings {
  readonly #recent: TokenBuckets;
  readonly #reserve: Pick<Reserve, "holding" | "halfUsed">;

  /** @param perMinute sessions that one device may open in a minute; it may open all of them at once */
  constructor(perMinute: number, reserve: Pick<Reserve, "holding" | "halfUsed">, clock: () => number) {
    this.#recent = new TokenBuckets({ burst: perMinute, refillMs: 60_000 / perMinute, keys: DEVICES }, clock);
    this.#reserve = reserve;
  }

  /** @throws FleetError `rate-limited` or `log-full`, both with the time to wait */
  admit(device: string): void {
    const { holding, halfUsed } = this.#reserve;
    if (halfUsed) {
      throw new FleetError("log-full", "the log is nearly full, and the rest is reserved for commands", {
        retryAfterMs: 10_000,
      });
    }
    const retryAfterMs = this.#recent.tryTake(device, holding ? COST_IN_RESERVE : 1);
    if (retryAfterMs === 0) return;
    throw new FleetError("rate-limited", "this device logs in too often", {
      advice: "Keep the connection, and wait longer between attempts; make sure that no other device uses this id.",
      retryAfterMs,
    });
  }
}
