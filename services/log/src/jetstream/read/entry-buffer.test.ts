import { describe, expect, it } from "vitest";
import { EntryBuffer } from "./entry-buffer.ts";

function add(buffer: EntryBuffer, seq: number, subject: string, payload: string): void {
  const bytes = Buffer.from(`MSG ${subject} 7 ${payload}\r\n`);
  const payloadFrom = bytes.lastIndexOf(payload);
  const [subjectTo, payloadTo] = [4 + Buffer.byteLength(subject), payloadFrom + Buffer.byteLength(payload)];
  buffer.add({ bytes, subjectFrom: 4, subjectTo, payloadFrom, payloadTo, seq, delivery: seq, pending: 100 - seq });
  bytes.fill(0);
}

function all(buffer: EntryBuffer, from = 0, length = buffer.length): unknown[] {
  const entries = buffer.slice(from, length);
  return Array.from({ length: entries.length }, (_, i) => [
    entries.seq(i),
    entries.pending(i),
    entries.subject(i),
    entries.json(i),
  ]);
}

describe("EntryBuffer", () => {
  it("keeps copies of entries, with and without characters beyond ASCII", () => {
    const buffer = new EntryBuffer();
    add(buffer, 3, "fleet.event.a", "plain");
    add(buffer, 4, "fleet.event.ä", "größer");
    add(buffer, 7, "fleet.event.b", "x".repeat(10_000));
    const expected = [
      [3, 97, "fleet.event.a", "plain"],
      [4, 96, "fleet.event.ä", "größer"],
      [7, 93, "fleet.event.b", "x".repeat(10_000)],
    ];
    expect(all(buffer)).toEqual(expected);
    expect(all(buffer, 0, 1)).toEqual(expected.slice(0, 1));
    expect(all(buffer, 2, 1)).toEqual(expected.slice(2));
  });

  it("is used again after it was cleared", () => {
    const buffer = new EntryBuffer();
    for (const size of [100_000, 10, 0, 5_000]) {
      add(buffer, 1, "fleet.event.a", "y".repeat(size));
      expect(all(buffer)).toEqual([[1, 99, "fleet.event.a", "y".repeat(size)]]);
      buffer.clear();
      expect(buffer.length).toBe(0);
    }
  });
});
