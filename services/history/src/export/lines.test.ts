import type { RecordedEvent } from "@fleetlog/domain";
import { goldenLogs } from "@fleetlog/domain/fixtures";
import { describe, expect, it } from "vitest";
import { CSV_COLUMNS, csvHeader, csvLine, jsonLine } from "./lines.ts";

const events = goldenLogs().flatMap((log) => log.events);
const [first] = events as [RecordedEvent];

/** The text that the log has stored: the event without `seq` and `stream`. */
function stored({ seq: _, stream: __, ...event }: RecordedEvent): string {
  return JSON.stringify(event);
}

/** RFC 4180, 2: the cells of one line. */
function cellsOf(line: string): string[] {
  expect(line.endsWith("\r\n")).toBe(true);
  const cells = [...line.slice(0, -2).matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)];
  return cells.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "");
}

describe("a line of JSON", () => {
  it("has the sequence, and then the bytes that the log has stored, for every type of event", () => {
    expect(events.length).toBeGreaterThan(100);
    for (const event of events) {
      const line = jsonLine(event);
      expect(line).toBe(`{"seq":${event.seq},${stored(event).slice(1)}\n`);
      const { seq, ...rest } = JSON.parse(line);
      expect([seq, JSON.stringify(rest)]).toEqual([event.seq, stored(event)]);
    }
  });

  it("is a single line even if texts contain line breaks", () => {
    const odd = { ...first, data: { text: 'a\nb\r\n"\u2028\ud800', "10": 1, "9": 2 } } as unknown as RecordedEvent;
    const line = jsonLine(odd);
    expect(line.indexOf("\n")).toBe(line.length - 1);
    expect(JSON.parse(line).data).toEqual(odd.data);
  });
});

describe("a line of CSV", () => {
  it("has the columns of its header", () => {
    expect(cellsOf(csvHeader())).toEqual(CSV_COLUMNS);
    for (const event of events) {
      const cells = cellsOf(csvLine(event));
      expect(cells).toHaveLength(CSV_COLUMNS.length);
      const row = Object.fromEntries(CSV_COLUMNS.map((column, i) => [column, cells[i]]));
      const { id, type, time, source, seq, gateway = "" } = event;
      expect(row).toMatchObject({ id, type, time, source, gateway, seq: String(seq) });
      expect(JSON.parse(row.data ?? "")).toEqual(event.data);
      expect(event.subject).toContain(`fleet.${row.category}.`);
    }
  });

  it("quotes line breaks, quotes and commas", () => {
    const odd = { ...first, source: '/operators/a,"b"\r\nc' } as RecordedEvent;
    expect(cellsOf(csvLine(odd))[CSV_COLUMNS.indexOf("source")]).toBe(odd.source);
  });
});
