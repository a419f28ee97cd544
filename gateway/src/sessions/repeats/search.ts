import { reportId, streamOf } from "@fleetlog/domain";
import type { EventLog } from "@fleetlog/log";
import { type Boot, numberOf, type ReportCategory } from "./boots.ts";
import { SeqRanges } from "./seq-ranges.ts";

/** Number of newest reports that are searched first: nearly all repeats after a reconnection are among them. */
const NEWEST = 64;
/** Maximum number of ranges of one boot in memory: they need about 100 KiB. */
const MAX_RANGES = 4_096;

export interface Found {
  /** Log sequence of the report; undefined if it is not stored. */
  readonly seq: number | undefined;
  /** All stored numbers of the boot; undefined if not all reports were read, or too many ranges were needed. */
  readonly stored: SeqRanges | undefined;
  /** Newest log sequence that was read. */
  readonly through: number;
}

/** Searches the newest 64 reports, then all since the boot's first. @throws FleetError `log-unavailable` */
export async function findReport(
  log: EventLog,
  category: ReportCategory,
  device: string,
  wanted: { readonly boot: string; readonly seq: number },
  { from }: Pick<Boot, "from">,
): Promise<Found> {
  const id = reportId(device, wanted);
  const query = { stream: streamOf(category), category, entity: device } as const;
  let through = 0;
  let seen = 0;
  for await (const event of log.read({ ...query, direction: "backwards", limit: NEWEST })) {
    if (event.seq < from) break;
    seen++;
    through = Math.max(through, event.seq);
    if (event.id === id) return { seq: event.seq, stored: undefined, through };
  }
  if (seen < NEWEST) return { seq: undefined, stored: undefined, through };
  let stored: SeqRanges | undefined = new SeqRanges(MAX_RANGES);
  let found: number | undefined;
  for await (const event of log.read({ ...query, fromSeq: from })) {
    through = event.seq;
    if (event.id === id) found ??= event.seq;
    const numbered = numberOf(event);
    if (numbered?.boot === wanted.boot && stored?.add(numbered.seq) === false) stored = undefined;
  }
  return { seq: found, stored, through };
}
