import { createHash } from "node:crypto";
import { globSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FleetEvent } from "@fleetlog/domain";
import { type MemoryBackbone, memoryBackbone } from "@fleetlog/log";
import { FleetHistory, random } from "@fleetlog/projections/fixtures";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { writeParquet } from "../export/parquet.ts";
import type { Duck } from "../store/duck.ts";
import { silent, workspace } from "../testing/stores.ts";
import { telemetryEvents } from "../testing/telemetry.ts";
import { Lake, type LakeOptions } from "./lake.ts";

const HOUR = 3_600_000;
let place: Awaited<ReturnType<typeof workspace>>;
let duck: Duck;
let folders = 0;

beforeAll(async () => {
  place = await workspace({ ordered: true });
  duck = place.duck;
});
afterAll(() => place.remove());

const folder = () => join(place.directory, `lake${++folders}`);

/** Events of both streams. */
async function append({ log }: MemoryBackbone, count: number, seed = 1): Promise<void> {
  const fleet = new FleetHistory(3, seed);
  const events = [...fleet.registrations(), ...fleet.next(count), ...telemetryEvents(count, random(seed))];
  for (const [i, { seq: _, stream: __, ...event }] of events.entries()) {
    await log.append({ ...event, id: `${seed}-${i}` } as FleetEvent);
  }
}

function lakeOf({ log }: MemoryBackbone, directory: string, options: Partial<LakeOptions> = {}): Lake {
  return new Lake({
    log,
    directory,
    duck,
    intervalMs: HOUR,
    logger: silent,
    now: Date.now,
    maxSequences: 20,
    ...options,
  });
}

/** The SHA-256 of each Parquet file and of the list of files, by file name. */
function bytesOf(directory: string): Record<string, string> {
  const names = globSync(["**/*.parquet", "manifest.json"], { cwd: directory }).sort();
  return Object.fromEntries(names.map((name) => [name, sha256(join(directory, name))]));
}

function sha256(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

async function idsIn(directory: string, what: string): Promise<string[]> {
  const session = await place.duck.connect();
  const sql = `SELECT id FROM read_parquet('${directory}/${what}/*.parquet') ORDER BY seq`;
  const ids = (await session.all<{ id: string }>(sql)).map(({ id }) => id);
  session.close();
  return ids;
}

async function idsOf({ log }: MemoryBackbone, stream: "FLEET" | "TELEMETRY"): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of log.read({ stream })) ids.push(id);
  return ids;
}

it("the export writes full files at once, and the remaining events after the interval", async () => {
  const backbone = memoryBackbone();
  const directory = folder();
  const lake = lakeOf(backbone, directory);
  await append(backbone, 42);
  await lake.write();
  const before = lake.manifest;
  expect(before.files[0]).toMatchObject({ file: "events/events-000000000001-000000000020.parquet", from: 1, to: 20 });
  const all = await idsOf(backbone, "FLEET");
  expect(all.length % 20).toBeGreaterThan(0);
  expect(await idsIn(directory, "events")).toEqual(all.slice(0, all.length - (all.length % 20)));
  await append(backbone, 3, 2);
  await lake.write();
  expect(lake.manifest).toEqual(before);
  for (const { file } of before.files) utimesSync(join(directory, file), 1, 1);
  await lake.write();
  expect(await idsIn(directory, "events")).toEqual(await idsOf(backbone, "FLEET"));
  expect(await idsIn(directory, "telemetry")).toEqual(await idsOf(backbone, "TELEMETRY"));
  for (const { file, bytes, sha256: hash, events, from, to } of lake.manifest.files) {
    expect(sha256(join(directory, file))).toBe(hash);
    expect(readFileSync(join(directory, file))).toHaveLength(bytes);
    expect(events).toBe(to - from + 1);
  }
  await lake.close();
});

it("a file has the bytes of a single export of the same span", async () => {
  const backbone = memoryBackbone();
  await append(backbone, 50);
  const directory = folder();
  const lake = lakeOf(backbone, directory);
  await lake.write();
  const path = join(place.directory, "span.parquet");
  const { file, stream, from, to } = lake.manifest.files.at(-2) ?? expect.fail();
  const read = backbone.log.read({ stream, fromSeq: from, limit: to - from + 1 });
  await writeParquet(duck, path, read);
  expect(sha256(path)).toBe(sha256(join(directory, file)));
  await lake.close();
});

it("the export has the same files after an interruption at any step, even if the log grew in between", async () => {
  const small = memoryBackbone();
  await append(small, 30);
  const whole = folder();
  const steps: string[] = [];
  const lake = lakeOf(small, whole, { beforeStep: (step) => steps.push(step) });
  await lake.write();
  await lake.close();
  expect(steps.length).toBeGreaterThan(15);
  const grown = memoryBackbone();
  await append(grown, 30);
  const { files } = lake.manifest;
  for (let last = 0; last < steps.length; last += 2) {
    const directory = folder();
    let left = last;
    const cut = lakeOf(small, directory, {
      beforeStep: () => {
        if (left-- === 0) throw new Error("cut");
      },
    });
    await expect(cut.write()).rejects.toThrow("cut");
    await cut.close();
    const again = lakeOf(grown, directory);
    await again.write();
    expect(again.manifest.files, steps[last]).toEqual(files);
    expect(bytesOf(directory), steps[last]).toEqual(bytesOf(whole));
    expect(globSync("**/*.unfinished", { cwd: directory }), steps[last]).toEqual([]);
    await again.close();
  }
}, 60_000);

it("the export does not continue with another log", async () => {
  const directory = folder();
  const before = memoryBackbone();
  await append(before, 30);
  const lake = lakeOf(before, directory);
  await lake.write();
  await lake.close();
  const files = bytesOf(directory);
  for (const seed of [2, 3]) {
    const other = memoryBackbone();
    if (seed === 3) await append(other, 60, seed);
    const again = lakeOf(other, directory);
    await expect(again.write()).rejects.toMatchObject({ code: "conflict" });
    expect(bytesOf(directory)).toEqual(files);
    await again.close();
  }
});

it("one historian writes at a time; another one takes over when the first ends", async () => {
  const directory = folder();
  const backbone = memoryBackbone();
  await append(backbone, 5);
  const one = lakeOf(backbone, directory);
  const other = lakeOf(backbone, directory);
  await one.write();
  const files = bytesOf(directory);
  await append(backbone, 30, 2);
  await other.write();
  expect(bytesOf(directory)).toEqual(files);
  await one.close();
  await other.write();
  expect(other.manifest.files.length).toBeGreaterThan(one.manifest.files.length);
  await other.close();
});

it("the export does not touch a folder with another manifest.json", async () => {
  const directory = folder();
  mkdirSync(directory);
  writeFileSync(join(directory, "manifest.json"), '{"name":"an app"}');
  const backbone = memoryBackbone();
  await append(backbone, 5);
  const lake = lakeOf(backbone, directory);
  await expect(lake.write()).rejects.toMatchObject({ code: "conflict" });
  await lake.close();
  expect(readFileSync(join(directory, "manifest.json"), "utf8")).toBe('{"name":"an app"}');
});

it("an export that waits for a late replica to have the events of its newest file can be stopped at once", async () => {
  const backbone = memoryBackbone();
  const directory = folder();
  const before = lakeOf(backbone, directory);
  await append(backbone, 42);
  await before.write();
  await before.close();
  const state = vi.fn(async () => ({ ...(await backbone.log.state("FLEET")), lastSeq: 1, replicas: 3 }));
  const log = Object.assign(Object.create(backbone.log), { state }) as MemoryBackbone["log"];
  const lake = lakeOf(backbone, directory, { log });
  lake.start();
  await vi.waitFor(() => expect(state.mock.calls.length).toBeGreaterThan(1));
  const began = performance.now();
  await lake.close();
  expect(performance.now() - began).toBeLessThan(5_000);
}, 30_000);
