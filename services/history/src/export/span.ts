import { invalid, type StreamName } from "@fleetlog/domain";
import type { EventLog } from "@fleetlog/log";
import { parseMoment } from "@fleetlog/runtime";

/** Inclusive sequences of a stream; empty if `to` is lower than `from`. */
export interface Span {
  readonly stream: StreamName;
  readonly from: number;
  readonly to: number;
}

export interface AskedSpan {
  readonly stream: StreamName;
  readonly from?: string | number;
  readonly to?: string | number;
}

/** A gateway stores an event so much later than its `time`. Later events count as of when they were stored. */
const STORED_WITHIN_MS = 2_000;

/**
 * The span between two sequences, or times: the events after `from` and up to `to`. The same times give the same span
 * again, unless the stream has dropped events.
 *
 * @throws FleetError `invalid-request` (field `from` or `to`)
 */
export async function spanOf(log: Pick<EventLog, "read" | "state">, { stream, from, to }: AskedSpan): Promise<Span> {
  const { firstSeq, lastSeq } = await log.state(stream);
  const first =
    from === undefined ? 1 : typeof from === "number" ? seqIn(from, "from") : await after(log, stream, from);
  const last =
    to === undefined ? lastSeq : typeof to === "number" ? seqIn(to, "to") : await upTo(log, stream, to, "to");
  if (from !== undefined && to !== undefined && typeof from === typeof to && last < first - 1) {
    throw invalid("to", "to must not be before from");
  }
  return { stream, from: Math.max(first, firstSeq, 1), to: Math.min(last, lastSeq) };
}

function seqIn(value: number, field: string): number {
  if (!Number.isSafeInteger(value) || value < 0) throw invalid(field, `${field} must be a sequence from 0`);
  return value;
}

async function after(log: Pick<EventLog, "read" | "state">, stream: StreamName, at: string): Promise<number> {
  return (await upTo(log, stream, at, "from")) + 1;
}

/** The newest event up to a time; 0 if there is none. */
async function upTo(
  log: Pick<EventLog, "read" | "state">,
  stream: StreamName,
  at: string,
  field: string,
): Promise<number> {
  const time = parseMoment(at);
  if (time === undefined) throw invalid(field, `${field} must be a time such as 2026-01-31T12:00:00Z, or a sequence`);
  let newest: number | undefined;
  for await (const event of log.read({ stream, fromTime: new Date(time).toISOString() })) {
    newest ??= event.seq - 1;
    const own = Date.parse(event.time);
    if (own <= time) newest = event.seq;
    else if (own > time + STORED_WITHIN_MS) break;
  }
  return newest ?? (await log.state(stream)).lastSeq;
}
