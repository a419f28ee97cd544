import type { Missing, SeqRange } from "@fleetlog/log";
import type { Heartbeat } from "@fleetlog/protocol";

/** Maximum number of ranges in an answer. */
const MAX_RANGES = 20;

/**
 * The missing entries of FLEET, as the process that knows most of them reports them: a projector reads the whole log, a
 * gateway only parts of it.
 */
export function missingEntries(own: Missing, heartbeats: readonly Heartbeat[]): Missing {
  let most: { readonly count: number; readonly ranges: readonly SeqRange[] } = own;
  for (const heartbeat of heartbeats) {
    if (heartbeat.kind !== "projector" || (heartbeat.missing ?? 0) <= most.count) continue;
    most = { count: heartbeat.missing ?? 0, ranges: heartbeat.missingRanges ?? [] };
  }
  return { count: most.count, ranges: most.ranges.slice(0, MAX_RANGES) };
}
