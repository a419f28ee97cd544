import type { RecordedEvent } from "@fleetlog/domain";
import { decodeEvent } from "@fleetlog/log";
import { FleetHistory, random } from "@fleetlog/projections/fixtures";
import { describe, expect, it } from "vitest";
import { membersOf } from "../messages/stored-members.ts";
import { bytesAt, copyOf, fieldsOf } from "../testing/fields.ts";
import { decodedEntry, storedEntry } from "./entry.ts";
import { ALL, type Source, sourceOf } from "./names.ts";
import { encodeEntry } from "./record.ts";

const REVISIONS = { revision: 3, categoryRevision: 70 };
const OPTIONS = { resolveLinks: false, structuredIds: false };
const EVENT = {
  specversion: "1.0",
  id: "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
  source: "/tests",
  type: "DeviceEventReported",
  subject: "fleet.event.a=2Eb",
  time: "2026-01-02T03:48:39.123Z",
  data: { name: "door", data: { "}": '"\\', list: [1, [2], {}], text: "ü\u2028🚜\ud800", none: null }, seq: 2 },
};

function stored(text: string, subject = EVENT.subject) {
  return { seq: 12, subject, bytes: Buffer.from(text) };
}

function decoded(text: string, subject?: string): RecordedEvent {
  const event = decodeEvent(text, subject ?? EVENT.subject, 12, "FLEET");
  if (event === undefined) throw new Error(`${text} is not an event`);
  return event;
}

/** The message made of the stored text, and the message made of the parsed event. */
function messages(text: string, source: Source = ALL, options = OPTIONS): [Buffer, Buffer] {
  const { subject } = JSON.parse(text) as { subject: string };
  const fromText = storedEntry(stored(text, subject), "FLEET", REVISIONS, true);
  const fromEvent = decodedEntry(decoded(text, subject), REVISIONS);
  if (fromText === undefined || fromEvent === undefined) throw new Error("no entry");
  return [copyOf(encodeEntry(fromText, source, options)), copyOf(encodeEntry(fromEvent, source, options))];
}

/** The message's fields, decoded: two encodings of the same content may differ in the bytes of their lengths. */
function contentOf(message: Buffer): unknown {
  return fieldsOf(bytesAt(message, 1)).map(([field, value]) => [
    field,
    value instanceof Uint8Array ? fieldsOf(value).map(([name, part]) => [name, String(part)]) : value,
  ]);
}

const isRead = (text: string) => membersOf(Buffer.from(text)) !== undefined;

describe("the message of a stored event", () => {
  it("has exactly the content of the parsed event's message", () => {
    const context = { correlationid: "c 1", causationid: "e\u00fc2", account: "south", traceparent: '00-"x"' };
    const { data, ...attributes } = EVENT;
    const events: object[] = [
      ...new FleetHistory(20).registrations(),
      ...new FleetHistory(20).next(500),
      EVENT,
      { ...EVENT, ...context },
      { ...attributes, ...context, data },
      { ...attributes, data: [], causationid: "x" },
      {
        specversion: "1.0",
        data,
        time: "2026-02-30T00:00:00+01:00",
        type: "x",
        subject: EVENT.subject,
        id: "1",
        source: "",
      },
      { ...EVENT, time: "yesterday" },
    ];
    // A stored event has no sequence and stream: they are added when it is read.
    const texts = events.map((event) => JSON.stringify({ ...event, seq: undefined, stream: undefined }));
    const categories = [ALL, sourceOf("$ce-event"), sourceOf("device-a.b")];
    for (const text of texts) {
      expect(isRead(text), text).toBe(true);
      for (const source of categories)
        for (const resolveLinks of [false, true]) {
          const [fromText, fromEvent] = messages(text, source, { resolveLinks, structuredIds: resolveLinks });
          expect(contentOf(fromText), text).toEqual(contentOf(fromEvent));
        }
    }
  });

  it("equals the parsed event's message if the text is formatted in another way", () => {
    const text = JSON.stringify(EVENT);
    const { type, ...others } = EVENT;
    const unusual = [
      text.replace('"id":', '"id": '),
      text.replace('"id":', '"\\u0069d":'),
      text.replace("Reported", "R\\u00fc"),
      `${text} `,
      JSON.stringify({ type, ...others }),
      JSON.stringify({ ...EVENT, id: "ü" }),
      text.replace('"id":', '"id":"first","id":'),
      ...["seq", "stream", "$correlationId", "$causationId"].map((name) => JSON.stringify({ ...EVENT, [name]: "own" })),
    ];
    for (const one of unusual) {
      expect(isRead(one), one).toBe(false);
      const [fromText, fromEvent] = messages(one);
      expect(fromText.equals(fromEvent), one).toBe(true);
    }
  });

  it("has the same values, however data is formatted", () => {
    const next = random(7);
    const pick = <T>(values: readonly T[]): T => values[Math.floor(next() * values.length)] as T;
    const space = () => pick(["", "", "", " ", "\n\t"]);
    const json = (depth: number): string => {
      const items = () => Array.from({ length: Math.floor(next() * 4) }, () => json(depth - 1));
      const kind = depth === 0 ? 0 : Math.floor(next() * 3);
      if (kind === 0)
        return `${space()}${pick(['"\\"}"', '"\\\\"', '"]{,"', "1.0e2", "-1", "true", "null", '"ü"'])}${space()}`;
      if (kind === 1) return `${space()}[${items().join(",")}${space()}]`;
      return `{${items()
        .map((item, i) => `${space()}"${pick(["k", "\\u0022", "data", "type"])}${i}":${item}`)
        .join(",")}${space()}}`;
    };
    for (let n = 0; n < 500; n++) {
      const { data: _, ...attributes } = EVENT;
      const members = [...Object.entries(attributes).map(([name, value]) => `"${name}":${JSON.stringify(value)}`)];
      members.splice(1 + Math.floor(next() * 6), 0, `"data":{"a":${json(4)}}`, `"x":${json(3)}`);
      const text = `{${members.join(",")}}`;
      const [fromText, fromEvent] = messages(text).map((message) => {
        const record = bytesAt(message, 1, 1);
        const [metadata, data] = [7, 8].map((field) => JSON.parse(Buffer.from(bytesAt(record, field)).toString()));
        return { metadata, data, others: fieldsOf(record).filter(([field]) => field < 7) };
      });
      expect(fromText, text).toEqual(fromEvent);
    }
  });

  it("does not exist for an entry that is not an event", () => {
    for (const text of ["", "{}", "no JSON", JSON.stringify({ ...EVENT, subject: "fleet.event.other" }), '{"a":"'])
      expect(storedEntry(stored(text), "FLEET", REVISIONS, false)).toBeUndefined();
    for (const text of [
      "",
      "{",
      "{}",
      '{"',
      '{"a',
      '{"a"',
      '{"a":',
      '{"a":"',
      '{"id":"',
      '{"id":}',
      '{"id":"x","type":{',
    ])
      expect(isRead(text), text).toBe(false);
  });
});
