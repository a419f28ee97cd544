import { type Category, DEVICE_CATEGORIES, type RecordedEvent, type StreamName, streamOf } from "@fleetlog/domain";
import type { EventLog } from "@fleetlog/log";
import { type EventCursor, formatCursor, parseCursor } from "./cursor.ts";
import type { IncarnationEnds } from "./incarnation-ends.ts";

export interface EventPageRequest {
  readonly device: string;
  readonly order: "asc" | "desc";
  readonly limit: number;
  /** Undefined: all categories of a device. A category that is not a device's gives an empty page. */
  readonly category: Category | undefined;
  /** `next` of the previous page. */
  readonly from: string | undefined;
  /** If given, the gateway events that ended the device's sessions are included in log order. */
  readonly ends?: IncarnationEnds | undefined;
}

export interface EventPage {
  readonly items: RecordedEvent[];
  /** Null: this is the last page for now. */
  readonly next: string | null;
}

/** Reads one page of a device's events. The two streams have separate sequences and are merged by time. */
export async function readEventPage(log: EventLog, request: EventPageRequest): Promise<EventPage> {
  const { order, limit, category } = request;
  const categories = DEVICE_CATEGORIES.filter((one) => category === undefined || one === category);
  if (categories.length === 0) return { items: [], next: null };
  const streams = [...new Set(categories.map(streamOf))];
  const starts = request.from === undefined ? undefined : parseCursor(request.from, streams);
  const wanted = streams.filter((stream) => starts === undefined || starts[stream] !== undefined);
  const queues = await Promise.all(
    wanted.map((stream) => {
      const withEnds = stream === "FLEET" && request.ends && (category ?? "session") === "session";
      const read = withEnds ? readWithEnds(log, request, request.ends, starts?.FLEET) : undefined;
      return read ?? readStream(log, request, stream, starts?.[stream]);
    }),
  );
  const items: RecordedEvent[] = [];
  while (items.length < limit) {
    const next = takeNext(queues, order);
    if (next === undefined) break;
    items.push(next);
  }
  const rest: EventCursor = {};
  for (const [{ seq, stream } = { seq: 0, stream: undefined }] of queues) if (stream !== undefined) rest[stream] = seq;
  return { items, next: formatCursor(rest) || null };
}

/** Reads one event more than fits on the page: its sequence is the start of the next page. */
async function readStream(
  log: EventLog,
  { device, order, limit, category }: EventPageRequest,
  stream: StreamName,
  fromSeq: number | undefined,
): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  const query = {
    stream,
    entity: device,
    direction: order === "asc" ? "forwards" : "backwards",
    limit: limit + 1,
    categories: category === undefined ? DEVICE_CATEGORIES : [category],
    ...(fromSeq !== undefined && { fromSeq }),
  } as const;
  for await (const event of log.read(query)) events.push(event);
  return events;
}

/**
 * As `readStream`, with the gateway events that ended the device's sessions. Reads both up to the same sequence: a client
 * that continues from the newest event of this page would otherwise miss events that were appended during the read.
 */
async function readWithEnds(
  log: EventLog,
  request: EventPageRequest,
  ends: IncarnationEnds,
  start: number | undefined,
): Promise<RecordedEvent[]> {
  const forwards = request.order === "asc";
  const { lastSeq } = await log.state("FLEET");
  const from = forwards ? (start ?? 1) : Math.min(start ?? lastSeq, lastSeq);
  if (from > lastSeq || from < 1) return [];
  const read = await readStream(log, request, "FLEET", from);
  const events = read.filter(({ seq }) => seq <= lastSeq);
  const last = events.at(-1);
  // What comes after the last event of a full page belongs to the next page.
  const edge = events.length > request.limit && last !== undefined ? last.seq : forwards ? lastSeq : 1;
  const range = { device: request.device, from: Math.min(from, edge), through: Math.max(from, edge) };
  const ordered = forwards ? events : events.toReversed();
  const merged = [...events, ...(await ends.within({ ...range, events: ordered }))];
  return merged.sort((a, b) => (forwards ? a.seq - b.seq : b.seq - a.seq));
}

/** Removes and returns the next event: by sequence within a stream, by time between streams. */
function takeNext(queues: RecordedEvent[][], order: "asc" | "desc"): RecordedEvent | undefined {
  let best: RecordedEvent[] | undefined;
  for (const queue of queues) {
    const [head] = queue;
    const bestHead = best?.[0];
    if (head === undefined) continue;
    const isSooner =
      bestHead === undefined || (order === "asc" ? head.time < bestHead.time : head.time > bestHead.time);
    if (isSooner) best = queue;
  }
  return best?.shift();
}
