import { cpSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FleetEvent, RecordedEvent } from "@fleetlog/domain";
import { declareStreams, type MemoryBackbone, memoryBackbone } from "@fleetlog/log";
import { random } from "@fleetlog/projections/fixtures";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { readSpan } from "../spans/reading.ts";
import type { Duck } from "../store/duck.ts";
import { PATIENCE_MS, silent, workspace } from "../testing/stores.ts";
import { rowsOf, telemetryEvents } from "../testing/telemetry.ts";
import { ArchivedLog } from "./archived-log.ts";
import { TelemetryKeeper } from "./keeper.ts";
import type { Part } from "./manifest.ts";
import { TelemetryFiles } from "./query-files.ts";

const SPAN = 64;
const EVENTS = 300;
const LATER = { timeout: 30_000 };
let place: Awaited<ReturnType<typeof workspace>>;
let duck: Duck;
let folders = 0;

beforeAll(async () => {
  place = await workspace({ ordered: true });
  duck = place.duck;
});
afterAll(() => place.remove());

interface Archive {
  readonly directory: string;
  readonly parts: readonly Part[];
  readonly expected: readonly RecordedEvent[];
}

interface Filled extends Archive {
  readonly backbone: MemoryBackbone;
}

const telemetry = telemetryEvents(EVENTS, random(9)).map(
  ({ seq: _, stream: __, ...event }, i) => ({ ...event, id: `e${i}` }) as FleetEvent,
);
/** Filled archives, by the size of their stream. */
const originals = new Map<number, Promise<Archive>>();

/** An archive whose keeper has ended. If its stream is small, the stream has dropped the older events. */
async function filled(maxBytes = 1024 ** 2): Promise<Filled> {
  // Filling an archive takes longer than a test, so each test gets a copy of one, and a log with the same events.
  const filling = originals.get(maxBytes) ?? fill(maxBytes);
  originals.set(maxBytes, filling);
  const original = await filling;
  const backbone = emptyBackbone(maxBytes);
  for (const event of telemetry) await backbone.log.append(event);
  const directory = folder();
  cpSync(original.directory, directory, { recursive: true });
  return { ...original, backbone, directory };
}

async function fill(maxBytes: number): Promise<Archive> {
  const backbone = emptyBackbone(maxBytes);
  const directory = folder();
  const keeper = await started({ backbone, directory });
  for (const [i, event] of telemetry.entries()) {
    await backbone.log.append(event);
    if (i % 20 === 0) await keeper.catchUp();
  }
  await keeper.catchUp();
  const expected = await rowsOf(keeper, duck);
  expect(expected).toHaveLength(EVENTS);
  await keeper.close();
  const { parts } = JSON.parse(readFileSync(join(directory, "manifest.json"), "utf8"));
  expect(parts.length).toBeGreaterThan(3);
  return { directory, parts, expected };
}

function emptyBackbone(maxBytes: number): MemoryBackbone {
  const limits = { replicas: 1, maxBytes };
  return memoryBackbone({ streams: declareStreams({ FLEET: limits, TELEMETRY: limits }) });
}

function folder(): string {
  return join(place.directory, `damage${++folders}`);
}

async function started({ backbone: { log }, directory }: Pick<Filled, "backbone" | "directory">) {
  const keeper = await TelemetryKeeper.open({
    catchUpMs: PATIENCE_MS,
    ...{ log, directory, duck, logger: silent, now: Date.now, span: SPAN, saveMs: 50 },
    retention: { maxAgeMs: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER },
    onFailure: (error) => expect.fail(String(error)),
  });
  onTestFinished(() => keeper.close());
  keeper.start();
  await keeper.catchUp();
  return keeper;
}

const pathOf = ({ directory, parts }: Filled, i: number) => join(directory, parts.at(i)?.file.name ?? "");

/** Changes one byte of the data. */
function damage(path: string): void {
  const bytes = readFileSync(path);
  bytes[40] = (bytes[40] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

const kinds = [
  ["missing", (path: string) => rmSync(path)],
  ["cut", (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 100))],
  ["changed", damage],
] as const;

const missingIn = async (keeper: TelemetryKeeper) => (await keeper.report()).missing;

async function idsOf(log: ArchivedLog, query: { from: number; to: number; skipMissing?: boolean }): Promise<number> {
  let count = 0;
  const { from, to, ...rest } = query;
  for await (const _ of readSpan(log, { stream: "TELEMETRY", ...rest }, { from, to })) count += 1;
  return count;
}

describe.each(kinds)("a %s file of the archive", { timeout: 60_000 }, (_, spoil) => {
  it.each([0, -1])("is read from the stream again at the start: part %i", async (i) => {
    const filling = await filled();
    spoil(pathOf(filling, i));
    const keeper = await started(filling);
    await expect.poll(() => rowsOf(keeper, duck), LATER).toEqual(filling.expected);
    await expect.poll(() => missingIn(keeper), LATER).toBeUndefined();
    await keeper.close();
    const { parts } = JSON.parse(readFileSync(join(filling.directory, "manifest.json"), "utf8"));
    const hashes = (of: readonly Part[]) => of.map(({ file }) => file.sha256);
    expect(hashes(parts)).toEqual(hashes(filling.parts));
  });

  it("is reported if the stream has dropped its events; queries use the other files", async () => {
    const filling = await filled(20_000);
    const { backbone, expected } = filling;
    const { firstSeq = 0, lastSeq = 0, events = 0 } = filling.parts[1] ?? {};
    expect((await backbone.log.state("TELEMETRY")).firstSeq).toBeGreaterThan(lastSeq);
    const whole = readFileSync(pathOf(filling, 1));
    spoil(pathOf(filling, 1));
    const keeper = await started(filling);
    await expect.poll(() => missingIn(keeper), LATER).toEqual({ events, ranges: [{ from: firstSeq, to: lastSeq }] });
    const others = expected.filter(({ seq }) => seq < firstSeq || seq > lastSeq);
    expect(await rowsOf(keeper, duck)).toEqual(others);

    const log = new ArchivedLog({ log: backbone.log, archive: keeper, duck });
    const problem = {
      code: "history-unavailable",
      message: expect.stringContaining(`from sequence ${firstSeq} to ${lastSeq} is missing`),
    };
    const span = (from: number, to: number) => ({ stream: "TELEMETRY", from, to }) as const;
    for (const [from, to] of [
      [1, EVENTS],
      [firstSeq, firstSeq],
      [lastSeq, lastSeq + 1],
    ] as const) {
      await expect(log.mustHave(span(from, to))).rejects.toMatchObject(problem);
      await expect(idsOf(log, { from, to })).rejects.toMatchObject(problem);
    }
    for (const [from, to] of [
      [1, firstSeq - 1],
      [lastSeq + 1, EVENTS],
    ] as const) {
      await log.mustHave(span(from, to));
      expect(await idsOf(log, { from, to })).toBe(to - from + 1);
    }
    expect(await idsOf(log, { from: 1, to: EVENTS, skipMissing: true })).toBe(EVENTS - events);
    expect((await log.state("TELEMETRY")).firstSeq).toBe(1);

    // Another historian may give the file such a name.
    writeFileSync(join(filling.directory, `t${firstSeq}-999.parquet`), whole);
    await expect.poll(() => missingIn(keeper), LATER).toBeUndefined();
    expect(await rowsOf(keeper, duck)).toEqual(expected);
    await keeper.close();
  });

  it("is detected during a read, and does not stop the historian", async () => {
    const filling = await filled(20_000);
    const { backbone, directory, parts } = filling;
    const keeper = await started(filling);
    const log = new ArchivedLog({ log: backbone.log, archive: keeper, duck });
    // When this read has ended, the check after the start has seen all files.
    expect(await idsOf(log, { from: 1, to: EVENTS })).toBe(EVENTS);
    await keeper.checkFiles();
    spoil(pathOf(filling, 0));
    const { firstSeq = 0, lastSeq = 0 } = parts[0] ?? {};
    await expect(idsOf(log, { from: 1, to: EVENTS })).rejects.toMatchObject({ code: "history-unavailable" });
    expect((await missingIn(keeper))?.ranges).toEqual([{ from: firstSeq, to: lastSeq }]);
    const files = new TelemetryFiles(keeper, await duck.connect(), `${directory}-sql`);
    const taken = await files.take();
    expect(taken.files.every((path) => existsSync(path))).toBe(true);
    taken.release();
    files.close();
    await keeper.close();
  });

  it("is set aside if its part is still open, and later events are kept", async () => {
    const filling = await filled();
    const { backbone } = filling;
    expect(filling.parts.at(-1)?.isOpen).toBe(true);
    const keeper = await started(filling);
    spoil(pathOf(filling, -1));
    const more = telemetryEvents(SPAN, random(4));
    for (const [i, { seq: _, stream: __, ...event }] of more.entries()) {
      await backbone.log.append({ ...event, id: `more${i}` } as FleetEvent);
    }
    await keeper.catchUp();
    await expect.poll(() => missingIn(keeper), LATER).toBeUndefined();
    expect((await rowsOf(keeper, duck)).map(({ id }) => id)).toEqual([
      ...filling.expected.map(({ id }) => id),
      ...more.map((_, i) => `more${i}`),
    ]);
    await keeper.close();
    const again = await started(filling);
    expect(await rowsOf(again, duck)).toHaveLength(EVENTS + more.length);
    await again.close();
  });
});

it("the archive goes on without a lost part after the list of lost parts was deleted", async () => {
  const filling = await filled(20_000);
  const { directory, parts, expected } = filling;
  rmSync(pathOf(filling, 0));
  await (await started(filling)).close();
  rmSync(join(directory, "missing.json"));
  const keeper = await started(filling);
  expect(await missingIn(keeper)).toBeUndefined();
  expect(await rowsOf(keeper, duck)).toEqual(expected.slice(parts[0]?.events));
  await keeper.close();
});

it("the archive deletes nothing if its manifest is lost, and says what to do", async () => {
  const archive = await filled();
  rmSync(join(archive.directory, "manifest.json"));
  await expect(started(archive)).rejects.toThrow(/manifest\.json is missing.*restore the folder from a backup/);
  for (const i of archive.parts.keys()) expect(existsSync(pathOf(archive, i))).toBe(true);
});

describe("a file of a part that can't be read now", () => {
  /** Puts a file in the place of a part's, which no user can open. @returns puts the part's file back */
  function block(path: string): () => void {
    renameSync(path, `${place.directory}/aside`);
    symlinkSync(path, path);
    return () => renameSync(`${place.directory}/aside`, path);
  }

  it("is not set aside, and its telemetry is there when it can be read", async () => {
    const archive = await filled(40_000);
    const keeper = await started(archive);
    const path = pathOf(archive, 1);
    const restore = block(path);
    const part = archive.parts[1] as Part;
    await expect(keeper.isWhole(part)).rejects.toThrow(path);
    await expect(keeper.checkFiles()).rejects.toThrow(path);
    expect(await missingIn(keeper)).toBeUndefined();
    restore();
    expect(await keeper.isWhole(part)).toBe(true);
    await keeper.checkFiles();
    expect(await rowsOf(keeper, duck)).toEqual(archive.expected);
  });

  // Reading /proc/self/mem fails as that of a file on a faulty disk.
  it.runIf(process.platform === "linux")("is set aside if the disk has lost a part of it", async () => {
    const archive = await filled(40_000);
    const keeper = await started(archive);
    const path = pathOf(archive, 1);
    renameSync(path, `${place.directory}/aside`);
    symlinkSync("/proc/self/mem", path);
    const part = archive.parts[1] as Part;
    expect(await keeper.isWhole(part)).toBe(false);
    expect(await missingIn(keeper)).toMatchObject({ events: part.events });
  });

  it("fails the start with its name, and is not set aside", async () => {
    const archive = await filled(40_000);
    const path = pathOf(archive, 1);
    const restore = block(path);
    await expect(started(archive)).rejects.toThrow(path);
    restore();
    const keeper = await started(archive);
    expect(await missingIn(keeper)).toBeUndefined();
    expect(await rowsOf(keeper, duck)).toEqual(archive.expected);
  });
});
