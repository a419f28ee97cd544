import type { Missing } from "@fleetlog/log";
import type { Heartbeat } from "@fleetlog/protocol";

/** Maximum number of ranges in an answer. */
const MAX_RANGES = 20;

/** What a process knows of FLEET's missing entries. */
export type KnownMissing = Pick<Missing, "count" | "ranges">;

/**
 * The missing entries of FLEET, as the process that knows most of them reports them: a projector reads the whole log, a
 * gateway only parts of it.
 */
export function missingEntries(own: KnownMissing, heartbeats: readonly Heartbeat[]): KnownMissing {
  let most = own;
  for (const heartbeat of heartbeats) {
    if (heartbeat.kind !== "projector" || (heartbeat.missing ?? 0) <= most.count) continue;
    most = { count: heartbeat.missing ?? 0, ranges: heartbeat.missingRanges ?? [] };
  }
  return { count: most.count, ranges: most.ranges.slice(0, MAX_RANGES) };
}
