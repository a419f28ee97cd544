import { createReadStream } from "node:fs";
import { CATEGORY_OF, type FleetEvent, parseSubject, type StreamName, streamOf } from "@fleetlog/domain";
import { lines } from "../import-from/read/lines.ts";

/** An event of an export, with the sequence that it had. */
export interface HistoryRecord {
  readonly seq: number;
  readonly stream: StreamName;
  readonly event: FleetEvent;
  /** Bytes of the line. */
  readonly bytes: number;
}

/** Maximum length of a line: more than the largest message of nats-server. */
const MAX_LINE = 64 * 1024 ** 2;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const TEXTS = ["id", "type", "source", "subject", "time"] as const;

/** @throws Error of one line that names the file, the line and the attribute */
export async function* readRecords(file: string): AsyncGenerator<HistoryRecord> {
  let line = 0;
  for await (const bytes of lines(createReadStream(file, { highWaterMark: 1024 ** 2 }), MAX_LINE)) {
    line += 1;
    const fault = (what: string) => new Error(`${file}, event ${line}: ${what}`);
    if (bytes === undefined) throw fault(`the line is larger than ${MAX_LINE} bytes`);
    yield { ...recordOf(bytes, fault), bytes: bytes.length };
  }
}

function recordOf(bytes: Uint8Array, fault: (what: string) => Error): Omit<HistoryRecord, "bytes"> {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch {
    throw fault(
      "this is not a whole line of JSON. Only exports with format=jsonl can be imported, and only if no line was cut",
    );
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw fault("this is not an object");
  const { seq, ...event } = value as Partial<Record<string, unknown>>;
  if (typeof seq !== "number" || !Number.isSafeInteger(seq) || seq < 1) throw fault("seq is not a sequence");
  for (const name of TEXTS) if (typeof event[name] !== "string") throw fault(`${name} is missing`);
  if (event.specversion !== "1.0") throw fault("specversion is not 1.0");
  if (typeof event.data !== "object" || event.data === null) throw fault("data is missing");
  const place = parseSubject(event.subject as string);
  if (place === undefined) throw fault("subject is not of Fleetlog");
  const { type } = event as { readonly type: string };
  // Types of later releases are not known here.
  const category = Object.hasOwn(CATEGORY_OF, type) ? CATEGORY_OF[type as FleetEvent["type"]] : place.category;
  if (category !== place.category) throw fault(`subject is not of the category ${category}, to which ${type} belongs`);
  return { seq, stream: streamOf(place.category), event: event as unknown as FleetEvent };
}
