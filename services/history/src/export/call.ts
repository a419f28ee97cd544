import {
  CATEGORIES,
  type Category,
  FleetError,
  invalid,
  parseSubject,
  type Scope,
  type StreamName,
  streamOf,
} from "@fleetlog/domain";
import { EXPORT_LINES, type ExportHead, type ExportLinesRequest, exportPart } from "@fleetlog/protocol";
import Type from "typebox";
import type { OwnedDevices } from "../access/devices.ts";
import { type IsInScope, inScope } from "../access/visible.ts";
import type { Call } from "../requests/calls.ts";
import { PART_CHARS } from "../requests/parts.ts";
import { onceOf, readSpan, type SpanQuery, type SpanReading } from "../spans/reading.ts";
import { type Span, spanOf } from "../spans/span.ts";
import type { CountEvents } from "./counts.ts";
import { csvHeader, LINES } from "./lines.ts";

export interface ExportCallOptions {
  readonly log: SpanReading;
  readonly devices: Pick<OwnedDevices, "load" | "get">;
  readonly count: CountEvents;
  /** Maximum number of exports at a time. Each needs some MiB. */
  readonly most?: number;
}

const MOST = 8;
/** Maximum events that are examined for one part: the reader waits only some seconds for a part, even if few events match. */
const LOOK_AT = 20_000;

const texts = Type.Optional(Type.Array(Type.String()));
const moment = Type.Optional(Type.Union([Type.String({ maxLength: 64 }), Type.Integer()]));
/** The fields that requests for lines and for Parquet files have in common. */
export const EXPORTED = {
  categories: Type.Array(Type.Enum([...CATEGORIES]), { minItems: 1 }),
  entity: Type.Optional(Type.String({ maxLength: 512 })),
  from: moment,
  to: moment,
  scope: Type.Optional(Type.Object({ accounts: texts, tags: texts }, { additionalProperties: false })),
};
const Request = Type.Object(
  { ...EXPORTED, format: Type.Enum(["jsonl", "csv"]), header: Type.Optional(Type.Boolean()) },
  { additionalProperties: false },
);

/** Events of the log as lines of text. The same sequences give the same bytes, from any historian. */
export function exportCall({ log, devices, count, most = MOST }: ExportCallOptions): Call {
  let running = 0;
  return {
    name: EXPORT_LINES,
    request: Request,
    async answer({ format, categories, entity, from, to, header = true, scope = {} }: ExportLinesRequest) {
      const stream = oneStream(categories);
      if (running >= most) throw busy();
      const span = await spanOf(log, { stream, ...(from !== undefined && { from }), ...(to !== undefined && { to }) });
      const isInScope = await visibleIn(scope, devices);
      await log.mustHave?.(span);
      const events = await count({ span, categories, entity, isInScope });
      const head: ExportHead = { ...span, ...(events !== undefined && { events }) };
      const query = { stream, categories, ...(entity !== undefined && { entity }) };
      const first = format === "csv" && header ? csvHeader() : "";
      const parts = linesOf(log, query, span, LINES[format], isInScope, first);
      return (async function* () {
        running += 1;
        try {
          yield JSON.stringify(head);
          yield* parts;
        } finally {
          running -= 1;
        }
      })();
    },
  };
}

/** @throws FleetError `invalid-request` for categories of several streams, whose sequences are separate */
export function oneStream(categories: readonly Category[]): StreamName {
  const [stream, other] = new Set(categories.map(streamOf));
  if (stream === undefined || other !== undefined) throw invalid("category", "the categories must be of one stream");
  return stream;
}

/** Call when the span is known: then at least all events up to the span's end decide what the caller may see. */
export async function visibleIn(scope: Scope, devices: ExportCallOptions["devices"]): Promise<IsInScope | undefined> {
  const isInScope = inScope(scope, devices);
  if (isInScope !== undefined) await devices.load();
  return isInScope;
}

async function* linesOf(
  log: ExportCallOptions["log"],
  query: SpanQuery,
  span: Span,
  lineOf: (typeof LINES)["jsonl"],
  isInScope: IsInScope | undefined,
  first: string,
): AsyncGenerator<string> {
  let text = first;
  let through = span.from - 1;
  let looked = 0;
  for await (const event of onceOf(log, readSpan(log, query, span))) {
    const place = parseSubject(event.subject);
    const isWanted = place !== undefined && (isInScope?.(event, place) ?? true);
    const line = isWanted ? lineOf(event) : "";
    looked += 1;
    if (text.length + line.length > PART_CHARS || looked > LOOK_AT) {
      yield* piecesOf(text, through);
      text = "";
      looked = 0;
    }
    text += line;
    through = event.seq;
  }
  yield* piecesOf(text, span.to);
}

/** A line that is larger than a part is sent in pieces; only the last of them has its sequence. */
function* piecesOf(text: string, through: number): Generator<string> {
  let rest = text;
  while (rest.length > PART_CHARS) {
    // Half of a surrogate pair has no UTF-8.
    const isPair = (rest.charCodeAt(PART_CHARS - 1) & 0xfc00) === 0xd800;
    const end = isPair ? PART_CHARS - 1 : PART_CHARS;
    yield exportPart(-1, rest.slice(0, end));
    rest = rest.slice(end);
  }
  yield exportPart(through, rest);
}

function busy(): FleetError {
  return new FleetError("history-unavailable", "the historian makes too many exports at the moment", {
    retryAfterMs: 5_000,
  });
}
