import { type Fleet, restoreDeviceLogin } from "@fleetlog/fleet";
import type { LoginHolder, LoginKey } from "@fleetlog/identity";
import { type BucketLimits, TokenBucket } from "@fleetlog/runtime";
import type { Core } from "./core.ts";

/** The number of searches is limited, because a search asks a projector about each dialect. */
const SEARCHES: BucketLimits = { burst: 50, refillMs: 1_000 };

export interface RepairedLoginsOptions extends Pick<Core, "clock"> {
  readonly fleet: Pick<Fleet, "log" | "views" | "deviceLogins">;
  readonly logger: Pick<Core["logger"], "warn">;
}

/**
 * Looks up log-ins of devices. For unknown names, searches for a registered device that has these names, and whose entry
 * the store has lost. Such an entry is restored, so the refused device can log in at its next attempt.
 */
export class RepairedLogins {
  readonly #options: RepairedLoginsOptions;
  readonly #searches: TokenBucket;

  constructor(options: RepairedLoginsOptions) {
    this.#options = options;
    this.#searches = new TokenBucket(SEARCHES, options.clock);
  }

  async find(key: LoginKey): Promise<LoginHolder | undefined> {
    const holder = await this.#options.fleet.deviceLogins.find(key);
    if (holder === undefined && "clientId" in key) this.#search(key);
    return holder;
  }

  /** Searches without delaying the refusal. */
  #search(names: Extract<LoginKey, { clientId: string }>): void {
    if (this.#searches.untilAvailable(1) > 0) return;
    this.#searches.take(1);
    const { fleet, logger } = this.#options;
    const restore = async () => {
      const device = await restoreDeviceLogin(fleet, names);
      if (device === undefined) return;
      const reason = "the store of log-ins (KV_device-logins) had lost the names of this device; they are restored";
      logger.warn({ id: device, reason }, "a device was refused, because its entry was lost");
    };
    // Errors are ignored: while no projector answers, it is not known whether an entry is lost.
    void restore().catch(() => {});
  }
}
