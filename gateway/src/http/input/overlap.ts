import { invalid } from "@fleetlog/domain";
import { parseDuration } from "@fleetlog/runtime";

const MAX_OVERLAP_MS = 7 * 86_400_000;

/** How long a replaced secret stays valid. @throws FleetError `invalid-request` */
export function overlapFrom(overlap: string | undefined): number {
  if (overlap === undefined) return 0;
  const milliseconds = parseDuration(overlap);
  if (milliseconds === undefined || milliseconds > MAX_OVERLAP_MS)
    throw invalid("overlap", "overlap is a duration of at most 7d, such as 10m");
  return milliseconds;
}
