import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBAppender } from "@duckdb/node-api";
import type { RecordedEvent } from "@fleetlog/domain";
import { random } from "@fleetlog/projections/fixtures";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Duck } from "../store/duck.ts";
import { silent, workspace } from "../testing/stores.ts";
import { rowsOf, telemetryEvents } from "../testing/telemetry.ts";
import { TelemetryArchive } from "./archive.ts";
import type { ArchiveOptions } from "./archive-options.ts";

const SPAN = 64;
const events = telemetryEvents(500, random(5));
const newest = events.at(-1)?.seq ?? 0;
let place: Awaited<ReturnType<typeof workspace>>;
let duck: Duck;
let folders = 0;

beforeAll(async () => {
  place = await workspace({ ordered: true });
  duck = place.duck;
});
afterAll(() => place.remove());

const folder = () => join(place.directory, `archive${++folders}`);

function opened(directory: string, options: Partial<ArchiveOptions> = {}): Promise<TelemetryArchive> {
  const retention = { maxAgeMs: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER };
  return TelemetryArchive.open({ directory, duck, retention, logger: silent, now: () => 0, span: SPAN, ...options });
}

/** Feeds the events that the archive lacks, in batches of different lengths, sometimes with a save. */
async function feed(archive: TelemetryArchive, dice = random(1), all = events): Promise<void> {
  const left = all.filter(({ seq }) => seq > archive.seq);
  while (left.length > 0) {
    const some = left.splice(0, 1 + Math.floor(dice() * 40));
    await archive.apply(some, some.at(-1)?.seq ?? 0);
    if (dice() < 0.2) await archive.save();
  }
}

const rows = (archive: TelemetryArchive) => rowsOf(archive, duck);

function filesOf(archive: TelemetryArchive): Record<string, string> {
  const ended = archive.manifest.parts.filter(({ isOpen }) => !isOpen);
  return Object.fromEntries(ended.map(({ firstSeq, lastSeq, file }) => [`${firstSeq}-${lastSeq}`, file.sha256]));
}

describe("the archive of telemetry", () => {
  it("gives back each event as it was stored, from files and memory", async () => {
    const archive = await opened(folder());
    await feed(archive);
    expect(await rows(archive)).toEqual(events);
    expect((await rows(archive)).map((one) => JSON.stringify(one))).toEqual(events.map((one) => JSON.stringify(one)));
    expect(archive.manifest.parts.length).toBeGreaterThan(5);
    archive.close();
  });

  it("loses nothing and adds nothing twice if the process ends after any step", async () => {
    const some = events.slice(0, 200);
    const path = folder();
    const cuts: { readonly step: number; readonly before: string; readonly directory: string }[] = [];
    let steps = 0;
    let isFed = false;
    const whole = await opened(path, {
      beforeStep(before) {
        if (!isFed || steps++ % 2 === 1) return;
        const directory = folder();
        cpSync(path, directory, { recursive: true });
        cuts.push({ step: steps, before, directory });
      },
    });
    isFed = true;
    await feed(whole, random(1), some);
    const expected = { files: filesOf(whole), repeats: whole.take().repeats };
    whole.close();
    expect(steps).toBeGreaterThan(15);
    for (const { step, before, directory } of cuts) {
      const again = await opened(directory);
      await feed(again, random(step), some);
      expect((await rows(again)).map(({ seq }) => seq)).toEqual(some.map(({ seq }) => seq));
      const { release, repeats } = again.take();
      release();
      expect({ before, files: filesOf(again), repeats }).toEqual({ before, ...expected });
      again.close();
    }
  }, 120_000);

  it("adds no event twice after an error of DuckDB", async () => {
    const [first, second, third] = events as [RecordedEvent, RecordedEvent, RecordedEvent];
    // So large that it goes to DuckDB at once.
    const large = { ...second, data: { text: "x".repeat(4.3e6) } } as unknown as RecordedEvent;
    const directory = folder();
    const archive = await opened(directory);
    vi.spyOn(DuckDBAppender.prototype, "appendDataChunk").mockImplementationOnce(() => {
      throw new Error("out of memory");
    });
    await archive.apply([first], first.seq);
    await expect(archive.apply([large], large.seq)).rejects.toThrow("out of memory");
    // As a historian does when it ends.
    await archive.save().catch(() => {});
    archive.close();
    const again = await opened(directory);
    const left = [first, large, third].filter(({ seq }) => seq > again.seq);
    await again.apply(left, third.seq);
    await again.save();
    expect((await rows(again)).map(({ seq }) => seq)).toEqual([first.seq, large.seq, third.seq]);
    again.close();
  });

  it("has the same files in every historian that read the same events", async () => {
    const hashes: Record<string, string>[] = [];
    for (const seed of [1, 2]) {
      const archive = await opened(folder());
      await feed(archive, random(seed));
      hashes.push(filesOf(archive));
      archive.close();
    }
    expect(hashes[0]).toEqual(hashes[1]);
    expect(Object.keys(hashes[0] ?? {}).length).toBeGreaterThan(5);
  });

  it("closes a part of large events before its span is full", async () => {
    const archive = await opened(folder(), { partChars: 400 });
    await feed(archive);
    expect(await rows(archive)).toEqual(events);
    for (const { chars, isOpen } of archive.manifest.parts) if (!isOpen) expect(chars).toBeLessThan(700);
    expect(archive.manifest.parts.length).toBeGreaterThan(events.length / SPAN + 3);
    archive.close();
  });

  it("recognises repeated ids, also after a restart", async () => {
    const [first] = events;
    const again = { ...first, seq: newest + 1 } as RecordedEvent;
    const directory = folder();
    const archive = await opened(directory);
    await feed(archive);
    await archive.save();
    archive.close();
    const next = await opened(directory);
    await next.apply([again], again.seq);
    const { repeats } = next.take();
    expect(repeats).toContain(newest + 1);
    // The repeat is first in memory, then in an open part, then in a part that has ended.
    for (const end of [newest + 1, newest + 2, newest + 2 * SPAN]) {
      const found = [...events, again].map(({ seq }) => seq).filter((seq) => next.isRepeat(seq));
      expect(found).toEqual(repeats);
      await next.apply([], end);
      await next.save();
    }
    expect(next.manifest.parts.at(-1)?.isOpen).toBe(false);
    next.close();
  });
});

describe("retention", () => {
  it("removes the oldest parts when they are too old, or too many", async () => {
    const directory = folder();
    let now = 0;
    const times = events.map(({ time }) => Date.parse(time));
    const maxAgeMs = (Math.max(...times) - Math.min(...times)) / 2;
    const archive = await opened(directory, {
      retention: { maxAgeMs, maxBytes: Number.MAX_SAFE_INTEGER },
      now: () => now,
    });
    await feed(archive);
    expect(await rows(archive)).toHaveLength(events.length);
    now = Math.max(...times);
    await archive.save();
    const left = await rows(archive);
    expect(left.length).toBeLessThan(events.length);
    expect(left).toEqual(events.slice(-left.length));
    const tooOld = events.filter(({ time }) => Date.parse(time) < now - maxAgeMs).length;
    expect(events.length - left.length).toBeLessThanOrEqual(tooOld);
    expect(tooOld - (events.length - left.length)).toBeLessThan(SPAN);
    expect(archive.manifest.removedThrough).toBe((left[0]?.seq ?? 0) - 1);
    archive.close();
    const maxBytes = archive.manifest.parts.slice(-2).reduce((sum, { file }) => sum + file.bytes, 0);
    const smaller = await opened(directory, { retention: { maxAgeMs: Number.MAX_SAFE_INTEGER, maxBytes } });
    await smaller.save();
    expect(smaller.manifest.parts).toEqual(archive.manifest.parts.slice(-2));
    await expect.poll(() => readdirSync(directory).filter((name) => name.endsWith(".parquet"))).toHaveLength(2);
    smaller.close();
  });

  it("deletes files only when no reader uses them", async () => {
    const directory = folder();
    const archive = await opened(directory, { retention: { maxAgeMs: Number.MAX_SAFE_INTEGER, maxBytes: 1 } });
    const half = events.slice(0, 100);
    await feed(archive, random(1), half);
    await archive.save();
    const reading = archive.take();
    await feed(archive);
    await archive.save();
    for (const path of reading.files) expect(readFileSync(path).length).toBeGreaterThan(0);
    reading.release();
    for (const path of reading.files)
      await expect.poll(() => readdirSync(directory)).not.toContain(path.split("/").at(-1));
    archive.close();
  });
});
