import { type Category, type ParsedSubject, parseSubject, type RecordedEvent, streamOf } from "@fleetlog/domain";
import type { IncarnationEnds } from "@fleetlog/log";
import { type ReplayLine, type ReplayPlace, replayLine } from "@fleetlog/protocol";
import type { IsInScope } from "../access/visible.ts";
import { PART_CHARS, partsOf } from "../requests/parts.ts";
import { onceOf, type SpanReading } from "../spans/reading.ts";
import { withSessionEnds } from "./session-ends.ts";

export interface MergeOptions {
  readonly log: Pick<SpanReading, "read" | "repeats">;
  readonly categories: readonly Category[];
  readonly entity?: string | undefined;
  /** For a device whose sessions the caller sees: finds the events of gateways that ended its sessions. */
  readonly ends?: IncarnationEnds | undefined;
  /** Only the events after this position and up to `upTo`. */
  readonly after: ReplayPlace;
  readonly upTo: ReplayPlace;
  readonly isInScope: IsInScope | undefined;
  readonly events: boolean;
  /** Skips events that the archive of telemetry has lost. Otherwise the read fails at the first of them. */
  readonly skipMissing?: boolean;
}

const STREAMS = ["FLEET", "TELEMETRY"] as const;
/** Maximum events that are examined for one part: the reader waits only some seconds for a part, even if few events match. */
const LOOK_AT = 5_000;

interface Source {
  readonly stream: (typeof STREAMS)[number];
  readonly events: AsyncIterator<RecordedEvent>;
  next: RecordedEvent | undefined;
}

/**
 * Lines of a replay, in parts: the events of each stream by sequence, the streams merged by time. Clocks of gateways differ,
 * so a line's time is never before that of the line before it.
 */
export async function* mergedLines(options: MergeOptions): AsyncGenerator<string> {
  const { isInScope, events } = options;
  const place = { ...options.after };
  const sources: Source[] = [];
  let time = 0;
  let text = "";
  let looked = 0;
  try {
    for (const stream of STREAMS) {
      const source = open(stream, options);
      if (source === undefined) continue;
      sources.push(source);
      await advance(source, options.upTo[stream]);
    }
    for (let source = earliest(sources); source !== undefined; source = earliest(sources)) {
      const { stream, next: event } = source as Source & { readonly next: RecordedEvent };
      place[stream] = event.seq;
      time = Math.max(time, Date.parse(event.time));
      const where = placeOf(event, options);
      if (where !== undefined && (isInScope?.(event, where) ?? true)) {
        text += replayLine({ stream, seq: event.seq, time, event: events ? JSON.stringify(event) : "" });
      }
      looked += 1;
      if (text.length >= PART_CHARS || looked >= LOOK_AT) {
        yield* partsOf(text + markers(place));
        text = "";
        looked = 0;
      }
      await advance(source, options.upTo[stream]);
    }
    yield* partsOf(text + markers(options.upTo));
  } finally {
    for (const { events } of sources) await events.return?.();
  }
}

/** For the scope, a gateway's event that ended the device's session counts as an event of the device. */
function placeOf({ subject }: RecordedEvent, { entity, ends }: MergeOptions): ParsedSubject | undefined {
  const place = parseSubject(subject);
  if (ends === undefined || entity === undefined || place?.category !== "gateway") return place;
  return { category: "session", entity };
}

function open(stream: Source["stream"], options: MergeOptions): Source | undefined {
  const { log, categories, entity, ends, after, upTo, skipMissing = false } = options;
  const some = categories.filter((one) => streamOf(one) === stream);
  if (some.length === 0 || upTo[stream] <= after[stream]) return undefined;
  const span = { fromSeq: after[stream] + 1, toSeq: upTo[stream], skipMissing };
  const query = { stream, categories: some, ...span, ...(entity !== undefined && { entity }) };
  const hasEnds = stream === "FLEET" && ends !== undefined && entity !== undefined && some.includes("session");
  const events = hasEnds ? withSessionEnds({ log, ends, device: entity, query }) : log.read(query);
  return { stream, events: onceOf(log, events)[Symbol.asyncIterator](), next: undefined };
}

async function advance(source: Source, upTo: number): Promise<void> {
  const { value, done } = await source.events.next();
  source.next = done === true || value.seq > upTo ? undefined : value;
}

function earliest(sources: readonly Source[]): Source | undefined {
  let first: Source | undefined;
  for (const source of sources) {
    if (source.next !== undefined && (first?.next === undefined || source.next.time < first.next.time)) first = source;
  }
  return first;
}

function markers(place: ReplayPlace): string {
  const marker = (stream: keyof ReplayPlace): ReplayLine => ({
    stream,
    seq: place[stream],
    time: undefined,
    event: "",
  });
  return STREAMS.map((stream) => replayLine(marker(stream))).join("");
}
