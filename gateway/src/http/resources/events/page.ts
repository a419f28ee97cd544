import {
  accountOf,
  type Category,
  DEVICE_CATEGORIES,
  type RecordedEvent,
  type StreamName,
  streamOf,
} from "@fleetlog/domain";
import type { VisibleHistory } from "@fleetlog/fleet";
import type { EventLog, IncarnationEnds } from "@fleetlog/log";
import { type EventCursor, formatCursor, parseCursor } from "./cursor.ts";
import { isWithin, type Period, rangeOf, type SequenceRange } from "./period.ts";

export interface EventPageRequest {
  readonly device: string;
  readonly order: "asc" | "desc";
  readonly limit: number;
  /** Undefined: all categories of devices. */
  readonly category: Category | undefined;
  readonly from: string | undefined;
  readonly period?: Period | undefined;
  readonly ends?: IncarnationEnds | undefined;
  /** Events before `visible.from` are left out. Default: everything is visible. */
  readonly visible?: VisibleHistory | undefined;
}

export interface EventPage {
  readonly items: RecordedEvent[];
  /** Null on the last page. */
  readonly next: string | null;
}

/** Maximum size of a page, unless its first event is larger: devices decide how large events are. */
export const PAGE_BYTES = 2 * 1_024 ** 2;

/** Estimate of an event's size without its data. */
const ENVELOPE_BYTES = 300;

interface Sized {
  readonly event: RecordedEvent;
  readonly bytes: number;
}

interface Part {
  readonly events: readonly Sized[];
  /** Whether the last of `events` is one too many. The next page begins with it. */
  readonly full: boolean;
}

const NOTHING: Part = { events: [], full: false };

/** The two streams are merged by time, because their sequences are separate. */
export async function readEventPage(log: EventLog, request: EventPageRequest): Promise<EventPage> {
  const { order, limit, category } = request;
  const categories = DEVICE_CATEGORIES.filter((one) => category === undefined || one === category);
  if (categories.length === 0) return { items: [], next: null };
  const streams = [...new Set(categories.map(streamOf))];
  const starts = request.from === undefined ? undefined : parseCursor(request.from, streams);
  const wanted = streams.filter((stream) => starts === undefined || starts[stream] !== undefined);
  const parts = await Promise.all(
    wanted.map(async (stream) => {
      const visible = visibleIn(stream, request);
      const range = fromFirst(visible.firstSeq, await rangeOf(log, stream, visible.period));
      const start = firstToRead(range, starts?.[stream], order);
      const withEnds = stream === "FLEET" && request.ends && (category ?? "session") === "session";
      const read = withEnds ? readWithEnds(log, request, request.ends, start, range) : undefined;
      return read ?? readStream(log, { ...request, period: visible.period }, stream, start, range);
    }),
  );
  const queues = parts.map(({ events }) => [...events]);
  const items: RecordedEvent[] = [];
  let bytes = 0;
  while (items.length < limit && parts.every(({ full }, i) => !full || (queues[i]?.length ?? 0) > 1)) {
    const best = soonest(queues, order);
    const [next] = best ?? [];
    if (next === undefined || (items.length > 0 && bytes + next.bytes > PAGE_BYTES)) break;
    best?.shift();
    bytes += next.bytes;
    items.push(next.event);
  }
  const rest: EventCursor = {};
  for (const [first] of queues) if (first !== undefined) rest[first.event.stream] = first.event.seq;
  return { items, next: formatCursor(rest) || null };
}

/**
 * The request's period, and the first sequence that the caller may see. For TELEMETRY, only
 * the time from which they may see events is known, not the sequence.
 */
function visibleIn(
  stream: StreamName,
  { period, visible }: EventPageRequest,
): { readonly firstSeq: number; readonly period: Period | undefined } {
  if (visible === undefined) return { firstSeq: 1, period };
  const { seq, time } = visible.from;
  if (stream === "FLEET") return { firstSeq: seq, period };
  const { since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = period ?? {};
  return { firstSeq: 1, period: { since: Math.max(since, Date.parse(time)), until } };
}

function fromFirst(first: number, range: SequenceRange): SequenceRange {
  return { first: Math.max(first, range.first), last: range.last };
}

/** The sequence at which the read starts; undefined: at the end of the stream. */
function firstToRead(
  { first, last }: SequenceRange,
  cursor: number | undefined,
  order: EventPageRequest["order"],
): number | undefined {
  if (order === "asc") return Math.max(cursor ?? first, first);
  return last === Number.MAX_SAFE_INTEGER ? cursor : Math.min(cursor ?? last, last);
}

/** Reads one event more than fits on the page, by number or bytes. The next page starts at this event. */
async function readStream(
  log: EventLog,
  { device, order, limit, category, period, visible }: EventPageRequest,
  stream: StreamName,
  fromSeq: number | undefined,
  { first, last }: SequenceRange,
): Promise<Part> {
  const events = new Map<string, Sized>();
  const result = (full: boolean): Part => ({ events: [...events.values()], full });
  let total = 0;
  const query = {
    stream,
    entity: device,
    direction: order === "asc" ? "forwards" : "backwards",
    // With a period there is no limit, because events outside the period do not count.
    ...(period === undefined && { limit: limit + 1 }),
    categories: category === undefined ? DEVICE_CATEGORIES : [category],
  } as const;
  for (let from = fromSeq; ; ) {
    let read = 0;
    for await (const event of log.read({ ...query, ...(from !== undefined && { fromSeq: from }) })) {
      read++;
      from = order === "asc" ? event.seq + 1 : event.seq - 1;
      if (event.seq < first || event.seq > last) return result(false);
      if (!isWithin(period, event)) continue;
      // Clocks of gateways differ, so the time does not tell whether the device had moved to the account.
      if (stream === "TELEMETRY" && visible !== undefined && accountOf(event) !== visible.account) continue;
      // Only the first of repeated events is shown.
      const repeat = events.get(event.id);
      if (repeat !== undefined && order === "asc") continue;
      if (repeat !== undefined) {
        events.delete(event.id);
        total -= repeat.bytes;
      }
      const bytes = bytesOf(event);
      events.set(event.id, { event, bytes });
      total += bytes;
      if (events.size > limit || (events.size > 1 && total > PAGE_BYTES)) return result(true);
    }
    // Some of the events were repeats, so there may be more.
    if (read <= limit || period !== undefined || from === undefined || from < 1) return result(false);
  }
}

function bytesOf({ data }: RecordedEvent): number {
  return ENVELOPE_BYTES + JSON.stringify(data).length;
}

/**
 * Like `readStream`, with the gateway events that ended the device's sessions. Both are read up to the same sequence.
 */
async function readWithEnds(
  log: EventLog,
  request: EventPageRequest,
  ends: IncarnationEnds,
  start: number | undefined,
  within: SequenceRange,
): Promise<Part> {
  const forwards = request.order === "asc";
  const { lastSeq } = await log.state("FLEET");
  const from = forwards ? (start ?? 1) : Math.min(start ?? lastSeq, lastSeq);
  if (from > lastSeq || from < 1) return NOTHING;
  const read = await readStream(log, request, "FLEET", from, within);
  const sized = read.events.filter(({ event }) => event.seq <= lastSeq);
  const events = sized.map(({ event }) => event);
  const last = events.at(-1);
  const full = read.full && sized.length === read.events.length;
  // Gateway events after the last event of a full page are on the next page.
  const edge = full && last !== undefined ? last.seq : forwards ? lastSeq : 1;
  const range = { device: request.device, from: Math.min(from, edge), through: Math.max(from, edge) };
  const ordered = forwards ? events : events.toReversed();
  const all = await ends.within({ ...range, events: ordered });
  const found = all.filter((event) => event.seq >= within.first && isWithin(request.period, event));
  const merged = [...sized, ...found.map((event) => ({ event, bytes: bytesOf(event) }))];
  merged.sort((a, b) => (forwards ? a.event.seq - b.event.seq : b.event.seq - a.event.seq));
  return { events: merged, full };
}

function soonest(queues: Sized[][], order: "asc" | "desc"): Sized[] | undefined {
  let best: Sized[] | undefined;
  for (const queue of queues) {
    const head = queue[0]?.event;
    const bestHead = best?.[0]?.event;
    if (head === undefined) continue;
    const isSooner =
      bestHead === undefined || (order === "asc" ? head.time < bestHead.time : head.time > bestHead.time);
    if (isSooner) best = queue;
  }
  return best;
}
