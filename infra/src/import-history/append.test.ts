import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RecordedEvent } from "@fleetlog/domain";
import { type MemoryBackbone, memoryBackbone } from "@fleetlog/log";
import { FleetHistory } from "@fleetlog/projections/fixtures";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { type AppendTask, appendAll } from "./append.ts";
import { readRecords } from "./record.ts";
import { keepsSequences, survey } from "./survey.ts";

const folder = mkdtempSync(join(tmpdir(), "fleetlog-import-history-"));
afterAll(() => rmSync(folder, { recursive: true }));

const fleet = new FleetHistory(5, 3);
const events = [...fleet.registrations(), ...fleet.next(60)].filter(({ stream }) => stream === "FLEET");
const lineOf = ({ seq, stream: _, ...event }: RecordedEvent) => `{"seq":${seq},${JSON.stringify(event).slice(1)}\n`;
const text = events.map(lineOf).join("");

let files = 0;
const written = (content: string) => {
  const file = join(folder, `export-${++files}.jsonl`);
  writeFileSync(file, content);
  return file;
};
const whole = written(text);

let target: MemoryBackbone;
beforeEach(() => {
  target = memoryBackbone();
});

async function run(file = whole, more: Partial<AppendTask> = {}): Promise<number> {
  const { log } = target;
  const signal = new AbortController().signal;
  return appendAll({ log, stream: "FLEET", records: readRecords(file), signal, onAppended() {}, ...more });
}

async function exported(): Promise<string> {
  let lines = "";
  for await (const event of target.log.read({ stream: "FLEET" })) lines += lineOf(event);
  return lines;
}

describe("an import", () => {
  it("appends the events with their sequences and bytes", async () => {
    expect(await run()).toBe(events.length);
    expect(await exported()).toBe(text);
  });

  it("continues after an interruption, and changes nothing once all events are there", async () => {
    for (const cut of [1, 2, 20, events.length]) {
      target = memoryBackbone();
      await run(written(events.slice(0, cut).map(lineOf).join("")));
      expect(await run()).toBe(events.length);
      expect(await run()).toBe(events.length);
      expect(await exported()).toBe(text);
    }
  });

  it("ends at its signal, and keeps the events appended so far", async () => {
    const stop = new AbortController();
    const stored = await run(whole, { signal: stop.signal, onAppended: (seq) => seq === 3 && stop.abort() });
    expect(stored).toBeGreaterThanOrEqual(3);
    expect(text.startsWith(await exported())).toBe(true);
    expect(await run()).toBe(events.length);
  });

  it("refuses a stream with other events, or with more events than the file", async () => {
    await target.log.append({ ...events[0], id: "other" } as never);
    await expect(run()).rejects.toThrow("its event 1 is not that of the file");
    target = memoryBackbone();
    await run();
    await expect(run(written(events.slice(0, 9).map(lineOf).join("")))).rejects.toThrow("is not empty: it has");
  });

  it("ends when another process appends meanwhile", async () => {
    const { log } = target;
    const other = log.append.bind(log);
    let appends = 0;
    const busy = {
      read: log.read.bind(log),
      state: log.state.bind(log),
      async append(...given: Parameters<typeof other>) {
        if (++appends === 5) await other({ ...events[0], id: "intruder" } as never);
        return other(...given);
      },
    };
    await expect(run(whole, { log: busy })).rejects.toThrow("another process has appended events");
  });

  it("omits repeats, because the log would refuse their ids as duplicates", async () => {
    const [first, second] = events as [RecordedEvent, RecordedEvent];
    const repeated = written([first, second, { ...first, seq: 3 }].map(lineOf).join(""));
    expect(await run(repeated)).toBe(2);
    const found = await survey(repeated, readRecords(repeated));
    expect(found).toMatchObject({ events: 2, repeats: 1, lastSeq: 3 });
    expect(keepsSequences(found)).toBe(false);
  });
});

describe("a file", () => {
  it("is surveyed: stream, events, sequences and sizes", async () => {
    const found = await survey(whole, readRecords(whole));
    expect(found).toMatchObject({
      stream: "FLEET",
      events: events.length,
      repeats: 0,
      firstSeq: 1,
      lastSeq: events.length,
      firstTime: events[0]?.time,
      bytes: Buffer.byteLength(text) - events.length,
      sealed: 0,
    });
    expect(keepsSequences(found)).toBe(true);
    const tail = written(events.slice(3).map(lineOf).join(""));
    expect(keepsSequences(await survey(tail, readRecords(tail)))).toBe(false);
  });

  it("counts sealed fields", async () => {
    const data = { people: [{ name: { subject: "p1", sealed: "x" } }] };
    const file = written(lineOf({ ...events[0], data } as unknown as RecordedEvent));
    expect(await survey(file, readRecords(file))).toMatchObject({ sealed: 1 });
  });

  const [first, second] = events as [RecordedEvent, RecordedEvent];
  it.each([
    ["seq,time\n1,2\n", "event 1: this is not a whole line of JSON"],
    [`${lineOf(first)}[]\n`, "event 2: this is not an object"],
    [lineOf({ ...first, seq: 0 }), "event 1: seq is not a sequence"],
    [lineOf({ ...first, subject: "other.x" }), "event 1: subject is not of Fleetlog"],
    [
      lineOf({ ...first, subject: "fleet.command.a" }),
      "event 1: subject is not of the category device, to which DeviceRegistered belongs",
    ],
    [lineOf({ ...first, id: 7 } as never), "event 1: id is missing"],
    [lineOf(second) + lineOf(first), "sequence 1 comes after 2"],
    [
      lineOf(first) + lineOf({ ...second, type: "TelemetryReported", subject: "fleet.telemetry.d1" } as never),
      "is of TELEMETRY, but the file is of FLEET",
    ],
    [text.slice(0, -9), `event ${events.length}: this is not a whole line of JSON`],
    ["", "there is no event in it"],
  ])("names the fault of %j", async (content, message) => {
    const file = written(content);
    await expect(survey(file, readRecords(file))).rejects.toThrow(message);
  });
});
