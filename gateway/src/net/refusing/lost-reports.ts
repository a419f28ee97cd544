import type { LostEntry } from "@fleetlog/identity";
import { type BucketLimits, TokenBucket } from "@fleetlog/runtime";
import type { BoundedLog } from "../bounded-log.ts";

const LOOKUPS: BucketLimits = { burst: 50, refillMs: 200 };

/** Logs that a store has lost an entry, when somebody is refused because of it. The number of look-ups is limited. */
export class LostReports {
  readonly #boundedLog: BoundedLog;
  readonly #lookups: TokenBucket;

  constructor({ boundedLog, clock }: { readonly boundedLog: BoundedLog; readonly clock: () => number }) {
    this.#boundedLog = boundedLog;
    this.#lookups = new TokenBucket(LOOKUPS, clock);
  }

  /** Returns at once: the check must not delay the answer, which is the same for all reasons. */
  report(address: string, find: () => Promise<LostEntry | undefined>): void {
    if (!takeFrom(this.#lookups)) return;
    const report = async () => {
      const found = await find();
      if (found === undefined) return;
      const { id, why } = found;
      const fields = { id, reason: why, peer: address };
      const message = "a credential is refused, because its entry is lost";
      this.#boundedLog.write({ level: "error", kind: "lost entries", address, fields, message });
    };
    // Errors are ignored: while the log or the store can't be reached, it is not known whether an entry is lost.
    void report().catch(() => {});
  }
}

export function takeFrom(limit: TokenBucket): boolean {
  if (limit.untilAvailable(1) > 0) return false;
  limit.take(1);
  return true;
}
