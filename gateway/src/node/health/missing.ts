import type { Missing } from "@fleetlog/log";
import type { Heartbeat } from "@fleetlog/protocol";

const MAX_RANGES = 20;

export type KnownMissing = Pick<Missing, "count" | "ranges">;

/** Uses the process that knows the most missing entries, because a gateway reads only parts of the log. */
export function missingEntries(own: KnownMissing, heartbeats: readonly Heartbeat[]): KnownMissing {
  let most = own;
  for (const heartbeat of heartbeats) {
    if (heartbeat.kind !== "projector" || (heartbeat.missing ?? 0) <= most.count) continue;
    most = { count: heartbeat.missing ?? 0, ranges: heartbeat.missingRanges ?? [] };
  }
  return { count: most.count, ranges: most.ranges.slice(0, MAX_RANGES) };
}
