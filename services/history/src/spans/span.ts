import { invalid, type StreamName } from "@fleetlog/domain";
import { parseMoment } from "@fleetlog/runtime";
import type { SpanReading } from "./reading.ts";

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
  /** Whether to skip events that the archive has lost; only for a span between times. */
  readonly skipMissing?: boolean;
}

/**
 * Greatest delay between an event's `time` and its storage. An event with a longer delay counts at the time of its
 * storage.
 */
const STORED_WITHIN_MS = 2_000;

/**
 * The span between two sequences, or times: the events after `from` and up to `to`. The same times give the same span
 * again, unless the stream has dropped events.
 *
 * @throws FleetError `invalid-request` (field `from` or `to`)
 */
export async function spanOf(log: SpanReading, { stream, from, to, skipMissing = false }: AskedSpan): Promise<Span> {
  const { firstSeq, lastSeq } = await log.state(stream);
  const newestUpTo = (at: string, field: string) => upTo(log, { stream, skipMissing }, at, field);
  const first =
    from === undefined ? 1 : typeof from === "number" ? seqIn(from, "from") : (await newestUpTo(from, "from")) + 1;
  const last = to === undefined ? lastSeq : typeof to === "number" ? seqIn(to, "to") : await newestUpTo(to, "to");
  if (from !== undefined && to !== undefined && typeof from === typeof to && last < first - 1) {
    throw invalid("to", "the end (to) must not be before the beginning (from)");
  }
  return { stream, from: Math.max(first, firstSeq, 1), to: Math.min(last, lastSeq) };
}

function seqIn(value: number, field: string): number {
  if (!Number.isSafeInteger(value) || value < 0) throw invalid(field, `${field} must be a sequence from 0`);
  return value;
}

/** The newest event up to a time; 0 if there is none. */
async function upTo(
  log: SpanReading,
  query: { readonly stream: StreamName; readonly skipMissing: boolean },
  at: string,
  field: string,
): Promise<number> {
  const time = parseMoment(at);
  if (time === undefined) throw invalid(field, `${field} must be a time such as 2026-01-31T12:00:00Z, or a sequence`);
  let newest: number | undefined;
  for await (const event of log.read({ ...query, fromTime: new Date(time).toISOString() })) {
    newest ??= event.seq - 1;
    const own = Date.parse(event.time);
    if (own <= time) newest = event.seq;
    else if (own > time + STORED_WITHIN_MS) break;
  }
  return newest ?? (await log.state(query.stream)).lastSeq;
}
