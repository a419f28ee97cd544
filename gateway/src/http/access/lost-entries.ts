import { type LostEntry, lostForKey, lostForLogin, lostSecondFactor } from "@fleetlog/fleet";
import { ApiKeys, type Operators } from "@fleetlog/identity";
import { type BucketLimits, TokenBucket } from "@fleetlog/runtime";
import type { Core } from "../../node/core.ts";

const LOOKUPS: BucketLimits = { burst: 50, refillMs: 200 };
/** A search reads the records of all people. */
const SEARCHES: BucketLimits = { burst: 2, refillMs: 60_000 };

export interface LostEntriesOptions extends Pick<Core, "boundedLog" | "clock"> {
  readonly fleet: Parameters<typeof lostForKey>[0] & Parameters<typeof lostSecondFactor>[0];
  readonly operators: Pick<Operators, "isLost">;
}

/**
 * Logs that a store has lost an entry, as after a power cut, when somebody is refused because of it. The client does not
 * get this reason.
 */
export class LostEntries {
  readonly #options: LostEntriesOptions;
  readonly #lookups: TokenBucket;
  readonly #searches: TokenBucket;

  constructor(options: LostEntriesOptions) {
    this.#options = options;
    this.#lookups = new TokenBucket(LOOKUPS, options.clock);
    this.#searches = new TokenBucket(SEARCHES, options.clock);
  }

  /** A bearer token was refused. */
  refusedToken(token: string, address: string): void {
    const { fleet } = this.#options;
    this.#report(address, () => (ApiKeys.isApiKey(token) ? lostForKey(fleet, token) : this.#admin(token)));
  }

  /** A log-in with a password was refused. @param login email address or user name */
  refusedLogin(login: string, address: string): void {
    this.#report(address, () => lostForLogin(this.#options.fleet, login, () => takeFrom(this.#searches)));
  }

  /** A second factor was refused or is missing. */
  refusedSecondFactor(person: string, address: string): void {
    this.#report(address, () => lostSecondFactor(this.#options.fleet, person));
  }

  async #admin(token: string): Promise<LostEntry | undefined> {
    if (!(await this.#options.operators.isLost(token))) return undefined;
    return {
      id: "admin",
      why: "the store of administrators' tokens (KV_operators) has lost the token of FLEETLOG_ADMIN_TOKEN; restart this gateway",
    };
  }

  #report(address: string, find: () => Promise<LostEntry | undefined>): void {
    if (!takeFrom(this.#lookups)) return;
    // The check must not delay the answer, which is the same for all reasons.
    const report = async () => {
      const found = await find();
      if (found === undefined) return;
      const { id, why } = found;
      const fields = { id, reason: why, peer: address };
      const message = "a credential is refused, because its entry is lost";
      this.#options.boundedLog.write({ level: "error", kind: "lost entries", address, fields, message });
    };
    // While the log or the store can't be reached, nothing is known to be lost.
    void report().catch(() => {});
  }
}

function takeFrom(limit: TokenBucket): boolean {
  if (limit.untilAvailable(1) > 0) return false;
  limit.take(1);
  return true;
}
