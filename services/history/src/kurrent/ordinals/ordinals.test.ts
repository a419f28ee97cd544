import { closeSync, mkdtempSync, openSync, renameSync, rmSync, symlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { envelopeOf, type FleetEvent, type RecordedEvent } from "@fleetlog/domain";
import { memoryBackbone } from "@fleetlog/log";
import { describe, expect, it, onTestFinished } from "vitest";
import { Counts } from "./counts.ts";
import { DamagedOrdinals } from "./file.ts";
import { OrdinalIndex } from "./index.ts";

const CATEGORIES = ["device", "session", "gateway", "person"] as const;

function folderForTest(): string {
  const folder = mkdtempSync(join(tmpdir(), "fleetlog-ordinals-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function logOf(count: number, seed = 1) {
  const { log, repeat, close } = memoryBackbone();
  onTestFinished(() => close());
  const events: RecordedEvent[] = [];
  let random = seed;
  for (let i = 0; i < count; i++) {
    random = (random * 1_103_515_245 + 12_345) % 2 ** 31;
    const category = CATEGORIES[random % 4] ?? "device";
    const frame = { id: `${seed}-${i}`, source: "/tests", time: new Date(0).toISOString(), entity: `e${random % 37}` };
    await log.append(envelopeOf(category, { type: "Made", data: {} }, frame) as unknown as FleetEvent);
  }
  for await (const event of log.read({ stream: "FLEET" })) events.push(event);
  return { log, events, repeat };
}

function zero(path: string, at: number): void {
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(64), 0, 64, at);
  closeSync(file);
}

/** Ordinals by plain counting. */
function counted(events: readonly RecordedEvent[]): (readonly [number, number])[] {
  const counts = new Map<string, number>();
  const next = (name: string) => {
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    return count;
  };
  return events.map(({ subject }) => {
    const [, category = "", entity] = subject.split(".");
    const stream = category === "session" ? "device" : category;
    return [next(`${stream}-${entity}`), next(`$ce-${category}`)];
  });
}

function ordinalsIn(index: OrdinalIndex, events: readonly RecordedEvent[]): unknown[] {
  return events.map((event) => {
    const entry = index.entryOf(event);
    return [entry?.revision, entry?.categoryRevision];
  });
}

describe("OrdinalIndex", () => {
  it("counts events within their stream and their category, also after a restart", async () => {
    const { log, events } = await logOf(3_000);
    const folder = folderForTest();
    const index = await OrdinalIndex.open(folder, log);
    const entries = index.add(events.slice(0, 1_700));
    expect(entries.map((entry) => [entry.revision, entry.categoryRevision])).toEqual(counted(events).slice(0, 1_700));
    index.close();

    const again = await OrdinalIndex.open(folder, log);
    expect(again.seq).toBe(1_700);
    expect(again.add(events.slice(1_600, 2_000))).toHaveLength(300);
    again.add(events.slice(2_000));
    expect(ordinalsIn(again, events)).toEqual(counted(events));
    again.close();
  });

  it("has no entry for a stored message that is not an event", async () => {
    const { log, events } = await logOf(100);
    const index = await OrdinalIndex.open(folderForTest(), log);
    // Sequence 50 is not an event.
    index.add(events.filter(({ seq }) => seq !== 50));
    for await (const page of log.pages({ stream: "FLEET" }))
      for (const entry of page) {
        const stored = entry.seq === 50 ? { ...entry, bytes: Buffer.from('{"id":"1","type":"x"}') } : entry;
        expect(index.storedEntryOf(stored)?.event, `${entry.seq}`).toEqual(
          entry.seq === 50 ? undefined : events[entry.seq - 1],
        );
      }
    index.close();
  });

  it("counts a repeat but has no entry of it, whether the repeat arrives, is read, or was counted before a restart", async () => {
    const { log, events: once, repeat } = await logOf(40);
    for (const i of [3, 20]) repeat(once[i] as RecordedEvent);
    const events: RecordedEvent[] = [];
    for await (const event of log.read({ stream: "FLEET" })) events.push(event);
    expect(events.map(({ id }) => id)).toEqual([...once, once[3], once[20]].map((event) => event?.id));
    const seqs = once.map(({ seq }) => seq);
    const folder = folderForTest();
    const index = await OrdinalIndex.open(folder, log);
    expect(index.add(events.slice(0, 41)).map(({ seq }) => seq)).toEqual(seqs);
    index.close();

    const again = await OrdinalIndex.open(folder, log);
    expect(again.seq).toBe(41);
    expect(again.add(events)).toEqual([]);
    const read: number[] = [];
    for await (const page of log.pages({ stream: "FLEET" }))
      for (const stored of page) if (again.storedEntryOf(stored) !== undefined) read.push(stored.seq);
    expect(read).toEqual(seqs);
    // A search for a revision also meets repeats.
    expect(ordinalsIn(again, events)).toEqual(counted(events));
    again.close();
  });

  it("keeps its snapshot if the file can't be read at the start", async () => {
    const { log, events } = await logOf(100);
    const folder = folderForTest();
    const index = await OrdinalIndex.open(folder, log);
    index.add(events);
    index.close();
    renameSync(join(folder, "counts"), join(folder, "aside"));
    symlinkSync("counts", join(folder, "counts"));
    await expect(OrdinalIndex.open(folder, log)).rejects.toThrow("counts");
    renameSync(join(folder, "aside"), join(folder, "counts"));
    const again = await OrdinalIndex.open(folder, log);
    expect(again.seq).toBe(100);
    again.close();
  });

  it.runIf(process.platform === "linux")("counts the log again if the disk has lost the snapshot", async () => {
    const { log, events } = await logOf(100);
    const folder = folderForTest();
    const index = await OrdinalIndex.open(folder, log);
    index.add(events);
    index.close();
    rmSync(join(folder, "counts"));
    // Can be opened, but a read gives EIO.
    symlinkSync("/proc/self/mem", join(folder, "counts"));
    const again = await OrdinalIndex.open(folder, log);
    expect(again.seq).toBe(0);
    again.add(events);
    expect(ordinalsIn(again, events)).toEqual(counted(events));
    again.close();
  });

  it("after a crash, counts the events again that no snapshot contains", async () => {
    const { log, events } = await logOf(500);
    const folder = folderForTest();
    const index = await OrdinalIndex.open(folder, log);
    index.add(events.slice(0, 200));
    index.close();
    const crashed = await OrdinalIndex.open(folder, log);
    crashed.add(events.slice(200));

    const again = await OrdinalIndex.open(folder, log);
    expect(again.seq).toBe(200);
    again.add(events.slice(200));
    expect(ordinalsIn(again, events)).toEqual(counted(events));
    again.close();
  });

  it.each([
    ["ordinals", 0],
    ["ordinals", 8_192],
    ["ordinals", 2_900 * 8],
    ["counts", 4_000],
  ])("counts the log again if its file %s was overwritten with zeros from byte %d on", async (name, at) => {
    const { log, events } = await logOf(3_000);
    const folder = folderForTest();
    const index = await OrdinalIndex.open(folder, log);
    index.add(events);
    index.close();
    const running = await OrdinalIndex.open(folder, log);
    zero(join(folder, name), at);
    const read = () => ordinalsIn(running, events);
    // The last page and the counts are in memory.
    if (name === "ordinals" && at < 16_384) expect(read).toThrow(DamagedOrdinals);
    else expect(read()).toEqual(counted(events));
    running.close();
    const started = await OrdinalIndex.open(folder, log);
    if (started.seq > 0) expect(() => ordinalsIn(started, events)).toThrow(DamagedOrdinals);
    started.close();
    const again = await OrdinalIndex.open(folder, log);
    expect(again.seq).toBe(0);
    again.add(events);
    expect(ordinalsIn(again, events)).toEqual(counted(events));
    again.close();
  });

  it("starts from zero on another log", async () => {
    const folder = folderForTest();
    const first = await logOf(50);
    const index = await OrdinalIndex.open(folder, first.log);
    index.add(first.events);
    index.close();
    const other = await logOf(60, 2);
    const again = await OrdinalIndex.open(folder, other.log);
    expect(again.seq).toBe(0);
    again.add(other.events);
    expect(ordinalsIn(again, other.events)).toEqual(counted(other.events));
    again.close();
  });
});

it("Counts keep each name's count while they grow", () => {
  const counts = new Counts();
  for (let round = 0; round < 3; round++)
    for (let i = 0; i < 5_000; i++) expect(counts.next(`device-${i}`)).toBe(round);
  const { seed, table } = counts;
  expect(new Counts({ seed, table }).next("device-7")).toBe(3);
});
