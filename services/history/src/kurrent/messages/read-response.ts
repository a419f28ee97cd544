import type { Encoded } from "./encoded.ts";
import { type StoredMembers, textAt } from "./stored-members.ts";
import { hashOf, isUuid, uuidOf } from "./uuid.ts";
import { Writer } from "./writer.ts";

/** A position of `$all` or a revision of a stream. */
export type Place = { readonly position: number } | { readonly revision: number };

interface PlacedRecord {
  readonly stream: string;
  readonly revision: number;
  readonly position: number;
}

/** `event_store.client.streams.ReadResp.ReadEvent.RecordedEvent` */
export interface RecordParts extends PlacedRecord {
  /** A UUID. */
  readonly id: string;
  readonly type: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly isJson: boolean;
  /** Metadata is JSON, or an empty text. */
  readonly body: { readonly data: string; readonly metadata: string };
}

/** The parts of an event that was not parsed. */
export interface StoredParts extends PlacedRecord {
  readonly members: StoredMembers;
}

const TICKS_PER_MS = 10_000;
const TICK_DIGITS = 4;
const writer = new Writer();
const JSON_ENTRY = entryOf("content-type", "application/json");
const BYTES_ENTRY = entryOf("content-type", "application/octet-stream");
const CORRELATION = Buffer.from(',"$correlationId":');
const CAUSATION = Buffer.from(',"$causationId":');
const END = Buffer.from("}");
const TYPE_KEY = keyOf("type");
/** Has the length of every time in the years 2001 to 2286. */
const CREATED_ENTRY = entryOf("created", "10000000000000000");
const CREATED_AND_JSON = Buffer.concat([CREATED_ENTRY, JSON_ENTRY]);
const [FIRST_USUAL_MS, LAST_USUAL_MS] = [10 ** 12, 10 ** 13 - 1];

/** Valid until the next message is encoded. */
export function eventMessage(
  event: RecordParts | StoredParts,
  link: RecordParts | undefined,
  structuredIds: boolean,
): Encoded {
  writer.start();
  const response = writer.begin(1);
  writeRecord(1, event, structuredIds);
  if (link !== undefined) writeRecord(2, link, structuredIds);
  writer.number(3, event.position);
  writer.end(response);
  return writer;
}

function writeRecord(field: number, record: RecordParts | StoredParts, structuredIds: boolean): void {
  const whole = writer.begin(field);
  const id = writer.begin(1);
  if ("members" in record) writeStoredId(record.members, structuredIds);
  else writeId(record.id, structuredIds);
  writer.end(id);
  writeStream(2, record.stream);
  writer.number(3, record.revision);
  writer.number(4, record.position);
  writer.number(5, record.position);
  if ("members" in record) writeStored(record.members);
  else writeTexts(record);
  writer.end(whole);
}

function writeTexts({ type, created, isJson, body }: RecordParts): void {
  writeEntry("type", type);
  writeCreated(created);
  writer.encoded(isJson ? JSON_ENTRY : BYTES_ENTRY);
  if (body.metadata !== "") writer.text(7, body.metadata);
  writer.text(8, body.data);
}

/**
 * Writes the metadata, which are the stored attributes and Kurrent's own names of correlation and causation, and the
 * data.
 */
function writeStored({ bytes, type, created, omitted, data, correlation, causation }: StoredMembers): void {
  const entry = writer.begin(6);
  writer.encoded(TYPE_KEY);
  writer.part(2, bytes, type.from, type.to);
  writer.end(entry);
  if (isUsual(created)) {
    writer.encoded(CREATED_AND_JSON);
    writer.digitsBefore(created, TICK_DIGITS + JSON_ENTRY.length);
  } else {
    writeCreated(created);
    writer.encoded(JSON_ENTRY);
  }
  const [first, second] = omitted;
  const metadata = writer.begin(7);
  writer.copied(bytes, 0, first.from);
  writer.copied(bytes, first.to, second.from);
  writer.copied(bytes, second.to, bytes.length - 1);
  if (correlation !== undefined) {
    writer.encoded(CORRELATION);
    writer.copied(bytes, correlation.from, correlation.to);
  }
  if (causation !== undefined) {
    writer.encoded(CAUSATION);
    writer.copied(bytes, causation.from, causation.to);
  }
  writer.encoded(END);
  writer.end(metadata);
  const mark = writer.begin(8);
  writer.copied(bytes, data.from, data.to);
  writer.end(mark);
}

function writeStoredId({ bytes, id }: StoredMembers, structuredIds: boolean): void {
  if (isUuid(bytes, id) && !structuredIds) writer.part(2, bytes, id.from, id.to);
  else if (structuredIds) writeStructured(uuidOf(textAt(bytes, id)));
  else writer.uuid(2, hashOf(textAt(bytes, id)));
}

function writeId(id: string, structuredIds: boolean): void {
  if (structuredIds) writeStructured(id);
  else writer.text(2, id);
}

function writeStructured(id: string): void {
  const bytes = Buffer.from(id.replaceAll("-", ""), "hex");
  const mark = writer.begin(1);
  writer.signed(1, bytes.readBigInt64BE(0));
  writer.signed(2, bytes.readBigInt64BE(8));
  writer.end(mark);
}

function writeCreated(ms: number): void {
  if (!isUsual(ms)) {
    writeEntry("created", String(ms * TICKS_PER_MS));
    return;
  }
  writer.encoded(CREATED_ENTRY);
  writer.digitsBefore(ms, TICK_DIGITS);
}

function isUsual(ms: number): boolean {
  return Number.isInteger(ms) && ms >= FIRST_USUAL_MS && ms <= LAST_USUAL_MS;
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

function keyOf(key: string): Buffer {
  const own = new Writer();
  return own.message(() => own.text(1, key));
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
