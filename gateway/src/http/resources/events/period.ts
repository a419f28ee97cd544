import type { RecordedEvent, StreamName } from "@fleetlog/domain";
import type { EventLog } from "@fleetlog/log";

/** Selects events by their `time` (ms since 1970): from `since` on and before `until`. */
export interface Period {
  readonly since: number;
  readonly until: number;
}

/** Sequences of a stream, inclusive. */
export interface SequenceRange {
  readonly first: number;
  readonly last: number;
}

const EVERYTHING: SequenceRange = { first: 1, last: Number.MAX_SAFE_INTEGER };
const NOTHING: SequenceRange = { first: Number.MAX_SAFE_INTEGER, last: 0 };

/** The clocks of a gateway and of the log's server may differ by at most this. */
const SKEW_MS = 10 * 60_000;
/**
 * An event may be stored this long after its `time`, if it waited for the log or for a site's uplink. A later one may
 * be missing.
 */
const LATE_MS = 60 * 60_000;

export function isWithin(period: Period | undefined, { time }: Pick<RecordedEvent, "time">): boolean {
  if (period === undefined) return true;
  const at = Date.parse(time);
  return at >= period.since && at < period.until;
}

/**
 * The part of a stream that has the events of a period. It is found by the times of storage, which increase with the
 * sequence.
 */
export async function rangeOf(log: EventLog, stream: StreamName, period: Period | undefined): Promise<SequenceRange> {
  if (period === undefined) return EVERYTHING;
  const [first, last] = await Promise.all(
    [period.since - SKEW_MS, period.until + LATE_MS].map((at) => seqAt(log, stream, at)),
  );
  if (first === undefined && Number.isFinite(period.since)) return NOTHING;
  return { first: first ?? EVERYTHING.first, last: last ?? EVERYTHING.last };
}

/** The first sequence that was stored at or after a moment; undefined without one, or if the moment is infinite. */
async function seqAt(log: EventLog, stream: StreamName, at: number): Promise<number | undefined> {
  if (!Number.isFinite(at)) return undefined;
  for await (const { seq } of log.read({ stream, fromTime: new Date(at).toISOString(), limit: 1 })) return seq;
  return undefined;
}
