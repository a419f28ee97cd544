import { type LostEntry, lostForKey, lostForLogin } from "@fleetlog/fleet";
import { ApiKeys, type Operators } from "@fleetlog/identity";
import { type BucketLimits, TokenBucket } from "@fleetlog/runtime";
import type { Core } from "../../node/core.ts";

const KEYS: BucketLimits = { burst: 50, refillMs: 200 };
/** A log-in with an unknown address reads the records of all people. */
const LOGINS: BucketLimits = { burst: 5, refillMs: 10_000 };

export interface LostEntriesOptions extends Pick<Core, "boundedLog" | "clock"> {
  readonly fleet: Parameters<typeof lostForKey>[0];
  readonly operators: Pick<Operators, "isLost">;
}

/**
 * Logs that a store has lost an entry, as after a power cut, when somebody is refused because of it. The client does not
 * get this reason.
 */
export class LostEntries {
  readonly #options: LostEntriesOptions;
  readonly #keys: TokenBucket;
  readonly #logins: TokenBucket;

  constructor(options: LostEntriesOptions) {
    this.#options = options;
    this.#keys = new TokenBucket(KEYS, options.clock);
    this.#logins = new TokenBucket(LOGINS, options.clock);
  }

  /** A bearer token was refused. */
  refusedToken(token: string, address: string): void {
    const { fleet } = this.#options;
    this.#report(this.#keys, address, () => (ApiKeys.isApiKey(token) ? lostForKey(fleet, token) : this.#admin(token)));
  }

  /** A log-in with a password was refused. @param login email address or user name */
  refusedLogin(login: string, address: string): void {
    this.#report(this.#logins, address, () => lostForLogin(this.#options.fleet, login));
  }

  async #admin(token: string): Promise<LostEntry | undefined> {
    if (!(await this.#options.operators.isLost(token))) return undefined;
    return {
      id: "admin",
      why: "the store of administrators' tokens (KV_operators) has lost the token of FLEETLOG_ADMIN_TOKEN; restart this gateway",
    };
  }

  #report(limit: TokenBucket, address: string, find: () => Promise<LostEntry | undefined>): void {
    if (limit.untilAvailable(1) > 0) return;
    limit.take(1);
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
