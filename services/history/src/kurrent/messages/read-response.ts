import { type Pieces, Writer } from "./writer.ts";

/** A position of `$all` or a revision of a stream. */
export type Place = { readonly position: number } | { readonly revision: number };

/** `event_store.client.streams.ReadResp.ReadEvent.RecordedEvent` */
export interface RecordParts {
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: number;
  readonly type: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly isJson: boolean;
  readonly data: string | Pieces;
  /** JSON, or an empty text. */
  readonly metadata: string | Pieces;
}

const TICKS_PER_MS = 10_000;
const writer = new Writer();
const JSON_ENTRY = entryOf("content-type", "application/json");
const BYTES_ENTRY = entryOf("content-type", "application/octet-stream");
/** The log can have types of a newer release. */
const MOST_TYPES = 256;
const typeEntries = new Map<string, Buffer>();

export function eventMessage(event: RecordParts, link: RecordParts | undefined, structuredIds: boolean): Buffer {
  return writer.message(() => {
    const response = writer.begin(1);
    writeRecord(1, event, structuredIds);
    if (link !== undefined) writeRecord(2, link, structuredIds);
    writer.number(3, event.position);
    writer.end(response);
  });
}

function writeRecord(field: number, record: RecordParts, structuredIds: boolean): void {
  const whole = writer.begin(field);
  const id = writer.begin(1);
  if (structuredIds) writeStructured(record.id);
  else writer.text(2, record.id);
  writer.end(id);
  writeStream(2, record.stream);
  writer.number(3, record.revision);
  writer.number(4, record.position);
  writer.number(5, record.position);
  writer.encoded(typeEntry(record.type));
  writeEntry("created", String(record.created * TICKS_PER_MS));
  writer.encoded(record.isJson ? JSON_ENTRY : BYTES_ENTRY);
  if (record.metadata !== "") writeText(7, record.metadata);
  writeText(8, record.data);
  writer.end(whole);
}

function writeText(field: number, text: string | Pieces): void {
  if (typeof text === "string") writer.text(field, text);
  else writer.pieces(field, text);
}

function writeStructured(id: string): void {
  const bytes = Buffer.from(id.replaceAll("-", ""), "hex");
  const mark = writer.begin(1);
  writer.signed(1, bytes.readBigInt64BE(0));
  writer.signed(2, bytes.readBigInt64BE(8));
  writer.end(mark);
}

function writeStream(field: number, name: string): void {
  const mark = writer.begin(field);
  writer.text(3, name);
  writer.end(mark);
}

function writeEntry(key: string, value: string, to = writer): void {
  const mark = to.begin(6);
  to.text(1, key);
  to.text(2, value);
  to.end(mark);
}

function typeEntry(type: string): Buffer {
  let entry = typeEntries.get(type);
  if (entry === undefined) {
    entry = entryOf("type", type);
    if (typeEntries.size >= MOST_TYPES) typeEntries.clear();
    typeEntries.set(type, entry);
  }
  return entry;
}

function entryOf(key: string, value: string): Buffer {
  const own = new Writer();
  return own.message(() => writeEntry(key, value, own));
}

export function confirmationMessage(id: string): Buffer {
  return writer.message(() => {
    const mark = writer.begin(2);
    writer.text(1, id);
    writer.end(mark);
  });
}

export function checkpointMessage(position: number, now: number): Buffer {
  return writer.message(() => {
    const mark = writer.begin(3);
    writer.number(1, position);
    writer.number(2, position);
    writeTimestamp(3, now);
    writer.end(mark);
  });
}

export function streamNotFoundMessage(name: string): Buffer {
  return writer.message(() => {
    const mark = writer.begin(4);
    writeStream(1, name);
    writer.end(mark);
  });
}

const FIELDS = { caughtUp: 8, fellBehind: 9 } as const;

/** `place` is undefined before the first event. */
export function stateMessage(state: keyof typeof FIELDS, place: Place | undefined, now: number): Buffer {
  return writer.message(() => {
    const mark = writer.begin(FIELDS[state]);
    writeTimestamp(1, now);
    if (place !== undefined && "revision" in place) writer.number(2, place.revision);
    if (place !== undefined && "position" in place) {
      const position = writer.begin(3);
      writer.number(1, place.position);
      writer.number(2, place.position);
      writer.end(position);
    }
    writer.end(mark);
  });
}

function writeTimestamp(field: number, ms: number): void {
  const mark = writer.begin(field);
  writer.number(1, Math.floor(ms / 1_000));
  writer.number(2, (ms % 1_000) * 1_000_000);
  writer.end(mark);
}
