import type { RecordedEvent, StreamName } from "@fleetlog/domain";
import type { EventLog } from "@fleetlog/log";

/** Selects events by `time` (ms since 1970), from `since` to before `until`. */
export interface Period {
  readonly since: number;
  readonly until: number;
}

/** Inclusive sequences of a stream. */
export interface SequenceRange {
  readonly first: number;
  readonly last: number;
}

const EVERYTHING: SequenceRange = { first: 1, last: Number.MAX_SAFE_INTEGER };
const NOTHING: SequenceRange = { first: Number.MAX_SAFE_INTEGER, last: 0 };

/** Maximum difference between the clocks of a gateway and the log's server. */
const SKEW_MS = 10 * 60_000;
/** Longest time from an event's `time` to its storage. A gateway may have to wait for the log or its site's uplink. */
const LATE_MS = 60 * 60_000;

export function isWithin(period: Period | undefined, { time }: Pick<RecordedEvent, "time">): boolean {
  if (period === undefined) return true;
  const at = Date.parse(time);
  return at >= period.since && at < period.until;
}

/** The sequences that can have events of the period. The times of storage increase with the sequence. */
export async function rangeOf(log: EventLog, stream: StreamName, period: Period | undefined): Promise<SequenceRange> {
  if (period === undefined) return EVERYTHING;
  const [first, last] = await Promise.all(
    [period.since - SKEW_MS, period.until + LATE_MS].map((at) => seqAt(log, stream, at)),
  );
  if (first === undefined && Number.isFinite(period.since)) return NOTHING;
  return { first: first ?? EVERYTHING.first, last: last ?? EVERYTHING.last };
}

/** The first sequence that was stored at or after `at`; undefined if there is none, or `at` is infinite. */
async function seqAt(log: EventLog, stream: StreamName, at: number): Promise<number | undefined> {
  if (!Number.isFinite(at)) return undefined;
  for await (const { seq } of log.read({ stream, fromTime: new Date(at).toISOString(), limit: 1 })) return seq;
  return undefined;
}
