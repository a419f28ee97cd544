import { FleetError } from "@fleetlog/domain";
import { TokenBuckets } from "@fleetlog/runtime";
import type { Reserve } from "../../node/health/reserve.ts";

/** Maximum of devices whose log-ins are counted. */
const DEVICES = 100_000;
/** While the log has only its reserve left, one log-in counts as this many. */
const COST_IN_RESERVE = 10;

/**
 * Limits how often a device may open a session, which appends two events. Two devices with one id would end each other's
 * session again and again, and fill the log.
 */
export class Openings {
  readonly #recent: TokenBuckets;
  readonly #reserve: Pick<Reserve, "holding" | "halfUsed">;

  /** @param perMinute sessions that one device may open in a minute, even at once */
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
