import { type Category, DEVICE_CATEGORIES, type RecordedEvent, type StreamName, streamOf } from "@fleetlog/domain";
import type { EventLog } from "@fleetlog/log";
import { formatCursor, type HistoryCursor, parseCursor } from "./cursor.ts";
import type { Endings } from "./endings.ts";

export interface HistoryRequest {
  readonly device: string;
  readonly order: "asc" | "desc";
  readonly limit: number;
  /** Undefined: all of a device. Of one whose entities are no devices there is nothing. */
  readonly category: Category | undefined;
  /** `next` of the page before. */
  readonly from: string | undefined;
  /** Given: the ends of gateways that ended a session of the device stand among its own events, where the log has them. */
  readonly endings?: Endings | undefined;
}

export interface HistoryPage {
  readonly items: RecordedEvent[];
  /** Null: there is no more now. */
  readonly next: string | null;
}

/** One page of all that happened to a device. The two streams count apart and are merged by time. */
export async function historyPage(log: EventLog, request: HistoryRequest): Promise<HistoryPage> {
  const { order, limit, category } = request;
  const categories = DEVICE_CATEGORIES.filter((one) => category === undefined || one === category);
  if (categories.length === 0) return { items: [], next: null };
  const streams = [...new Set(categories.map(streamOf))];
  const starts = request.from === undefined ? undefined : parseCursor(request.from, streams);
  const wanted = streams.filter((stream) => starts === undefined || starts[stream] !== undefined);
  const queues = await Promise.all(
    wanted.map((stream) => {
      const withEndings = stream === "FLEET" && request.endings && (category ?? "session") === "session";
      const read = withEndings ? readWithEndings(log, request, request.endings, starts?.FLEET) : undefined;
      return read ?? readSome(log, request, stream, starts?.[stream]);
    }),
  );
  const items: RecordedEvent[] = [];
  while (items.length < limit) {
    const next = first(queues, order);
    if (next === undefined) break;
    items.push(next);
  }
  const rest: HistoryCursor = {};
  for (const [{ seq, stream } = { seq: 0, stream: undefined }] of queues) if (stream !== undefined) rest[stream] = seq;
  return { items, next: formatCursor(rest) || null };
}

/** One more than fits, so that it is known whether and where the next page begins. */
async function readSome(
  log: EventLog,
  { device, order, limit, category }: HistoryRequest,
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
 * The same, with what ended the device's sessions. All of it as the log was at one moment: what is added meanwhile would
 * else be passed over by whoever reads on from the newest that is here.
 */
async function readWithEndings(
  log: EventLog,
  request: HistoryRequest,
  endings: Endings,
  start: number | undefined,
): Promise<RecordedEvent[]> {
  const forwards = request.order === "asc";
  const { lastSeq } = await log.state("FLEET");
  const from = forwards ? (start ?? 1) : Math.min(start ?? lastSeq, lastSeq);
  if (from > lastSeq || from < 1) return [];
  const read = await readSome(log, request, "FLEET", from);
  const events = read.filter(({ seq }) => seq <= lastSeq);
  const last = events.at(-1);
  // Beyond the last of a full page is the next one's.
  const edge = events.length > request.limit && last !== undefined ? last.seq : forwards ? lastSeq : 1;
  const stretch = { device: request.device, from: Math.min(from, edge), through: Math.max(from, edge) };
  const ordered = forwards ? events : events.toReversed();
  const merged = [...events, ...(await endings.within({ ...stretch, events: ordered }))];
  return merged.sort((a, b) => (forwards ? a.seq - b.seq : b.seq - a.seq));
}

/** Takes the next event of all: within a stream by sequence, between streams by time. */
function first(queues: RecordedEvent[][], order: "asc" | "desc"): RecordedEvent | undefined {
  let best: RecordedEvent[] | undefined;
  for (const queue of queues) {
    const [mine] = queue;
    const theirs = best?.[0];
    if (mine === undefined) continue;
    const sooner = theirs === undefined || (order === "asc" ? mine.time < theirs.time : mine.time > theirs.time);
    if (sooner) best = queue;
  }
  return best?.shift();
}
