import { lostForKey } from "@fleetlog/identity";
import type { Logger } from "@fleetlog/log";
import { TokenBucket } from "@fleetlog/runtime";

const LOOKUPS = { burst: 20, refillMs: 3_000 } as const;

/**
 * Logs that a store has lost an entry, when a key is refused because of that. The numbers of look-ups and of lines are
 * limited. The client gets the same answer as for any other refused key.
 */
export function lostKeyReporter({
  logger,
  ...stores
}: Parameters<typeof lostForKey>[0] & { readonly logger: Pick<Logger, "error"> }): (key: string) => void {
  const lookups = new TokenBucket(LOOKUPS, () => performance.now());
  const report = async (key: string) => {
    const found = await lostForKey(stores, key);
    if (found === undefined) return;
    logger.error({ id: found.id, reason: found.why }, "a credential is refused, because its entry is lost");
  };
  return (key) => {
    if (lookups.untilAvailable(1) > 0) return;
    lookups.take(1);
    // While the log or the store can't be reached, nothing is known to be lost.
    void report(key).catch(() => {});
  };
}
