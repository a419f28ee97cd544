import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FleetEvent, RecordedEvent } from "@fleetlog/domain";
import { declareStreams, memoryBackbone } from "@fleetlog/log";
import { random } from "@fleetlog/projections/fixtures";
import { heartbeatSubject } from "@fleetlog/protocol";
import { afterAll, afterEach, beforeAll, expect, it, onTestFinished } from "vitest";
import type { Duck } from "../../store/duck.ts";
import { PATIENCE_MS, silent, workspace } from "../../testing/stores.ts";
import { rowsOf, telemetryEvents } from "../../testing/telemetry.ts";
import { TelemetryKeeper } from "../keeper.ts";
import type { ArchiveManifest } from "../manifest.ts";
import type { Retention } from "../retention.ts";
import { answerCopies } from "./answers.ts";
import { Copies } from "./copies.ts";
import { OtherHistorians } from "./others.ts";

const SPAN = 64;
const EVENTS = 300;
const EVERYTHING: Retention = { maxAgeMs: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER };
const limits = { replicas: 1, maxBytes: 20_000 };
const backbone = memoryBackbone({ streams: declareStreams({ FLEET: limits, TELEMETRY: limits }) });
let place: Awaited<ReturnType<typeof workspace>>;
let duck: Duck;
let folders = 0;
const keepers: TelemetryKeeper[] = [];
/** The folder of an archive that has what the small stream has dropped. Its keeper has ended. */
let full: string;
let expected: readonly RecordedEvent[];

beforeAll(async () => {
  place = await workspace({ ordered: true });
  duck = place.duck;
  full = folder();
  const keeper = await opened(full);
  await append(keeper, 0, EVENTS);
  expected = await rowsOf(keeper, duck);
  await keeper.close();
  const { firstSeq } = await backbone.log.state("TELEMETRY");
  expect(firstSeq).toBeGreaterThan(3 * SPAN);
  expect(firstSeq % SPAN).not.toBe(1);
}, 60_000);
afterEach(async () => {
  for (const keeper of keepers.splice(0)) await keeper.close();
});
afterAll(() => place.remove());

const folder = () => join(place.directory, `archive${++folders}`);

function copyOf(directory: string): string {
  const copy = folder();
  cpSync(directory, copy, { recursive: true });
  return copy;
}

async function append(keeper: TelemetryKeeper, from: number, to: number): Promise<void> {
  const events = telemetryEvents(to, random(9)).slice(from);
  for (const [i, { seq: _, stream: __, ...event }] of events.entries()) {
    await backbone.log.append({ ...event, id: `e${from + i}` } as FleetEvent);
    if (i % 30 === 29) await keeper.catchUp();
  }
  await keeper.catchUp();
}

/** @param isStarted whether it follows the stream and checks its files */
async function opened(directory: string, retention = EVERYTHING, isStarted = true): Promise<TelemetryKeeper> {
  const keeper = await TelemetryKeeper.open({
    catchUpMs: PATIENCE_MS,
    ...{ log: backbone.log, directory, duck, logger: silent, now: () => 0, span: SPAN, saveMs: 600_000, retention },
    onFailure: (error) => expect.fail(String(error)),
  });
  keepers.push(keeper);
  if (!isStarted) return keeper;
  keeper.start();
  await keeper.catchUp();
  return keeper;
}

/** Copies into `archive` from the historian `h1`, which answers from `source`. Returns also the requests for bytes. */
async function copiesOf(archive: TelemetryKeeper, source: TelemetryKeeper, retention = EVERYTHING) {
  const { bus } = backbone;
  const reads: string[] = [];
  const noted = bus.subscribe("archive.read.h1", ({ data }) => void reads.push((data as { sha256: string }).sha256));
  const stop = answerCopies({ bus, historian: "h1", archive: source });
  const others = new OtherHistorians(bus, "h2");
  for (const id of ["h1", "h2"]) bus.publish(heartbeatSubject("historian", id), { kind: "historian", id });
  await expect.poll(() => others.all().map(({ id }) => id)).toEqual(["h1"]);
  const copies = new Copies({ archive, others, retention, logger: silent, now: () => 0 });
  onTestFinished(async () => {
    await copies.close();
    others.stop();
    noted.stop();
    stop();
  });
  return { copies, reads };
}

const listOf = (directory: string): ArchiveManifest =>
  JSON.parse(readFileSync(join(directory, "manifest.json"), "utf8"));
const hashes = (directory: string) => listOf(directory).parts.map(({ file }) => file.sha256);
const pathOf = (directory: string, i: number) => join(directory, listOf(directory).parts.at(i)?.file.name ?? "");

it("a new historian copies what the stream has dropped, once, and recognises later repeats", async () => {
  const source = await opened(copyOf(full));
  const directory = folder();
  const keeper = await opened(directory);
  const { firstSeq } = await backbone.log.state("TELEMETRY");
  expect(await keeper.lacking()).toEqual({ missing: [], gaps: [{ from: 1, to: firstSeq - 1 }] });
  const { copies, reads } = await copiesOf(keeper, source);
  await copies.run();
  expect(await rowsOf(keeper, duck)).toEqual(expected);
  expect(await keeper.lacking()).toEqual({ missing: [], gaps: [] });
  expect(keeper.take().repeats).toEqual(source.take().repeats);
  const asked = reads.length;
  expect(asked).toBeGreaterThan(3);
  await copies.run();
  expect(reads.length).toBe(asked);
  expect(readdirSync(join(directory, "copied"))).toEqual([]);
  await keeper.close();
  // The last of these parts ends where the stream begins, so the new historian has only some of its events as a copy.
  expect(hashes(directory).slice(0, 3)).toEqual(hashes(full).slice(0, 3));
  const again = await opened(directory);
  expect(await rowsOf(again, duck)).toEqual(expected);
});

it("a historian copies only what the retention keeps, the newest first, and then stops requesting", async () => {
  const source = await opened(copyOf(full));
  const maxBytes = listOf(full)
    .parts.slice(-3)
    .reduce((sum, { file }) => sum + file.bytes, 0);
  const retention = { ...EVERYTHING, maxBytes };
  const keeper = await opened(folder(), retention);
  const { copies, reads } = await copiesOf(keeper, source, retention);
  await copies.run();
  const { parts, release } = keeper.take();
  release();
  expect(parts.length).toBeGreaterThan(0);
  expect(keeper.bytes).toBeLessThanOrEqual(maxBytes);
  const first = parts[0]?.firstSeq ?? 0;
  expect(first).toBeGreaterThan(1);
  expect((await rowsOf(keeper, duck)).map(({ seq }) => seq)).toEqual(
    expected.map(({ seq }) => seq).filter((seq) => seq >= first),
  );
  const asked = reads.length;
  await copies.run();
  expect(reads.length).toBe(asked);
});

it("a historian puts a missing part back with the same bytes", async () => {
  const directory = copyOf(full);
  const hashesBefore = hashes(directory);
  rmSync(pathOf(directory, 1));
  const source = await opened(copyOf(full));
  const keeper = await opened(directory);
  expect((await keeper.lacking()).missing).toHaveLength(1);
  const { copies } = await copiesOf(keeper, source);
  await copies.run();
  expect(await keeper.lacking()).toEqual({ missing: [], gaps: [] });
  expect(await rowsOf(keeper, duck)).toEqual(expected);
  await keeper.close();
  expect(hashes(directory)).toEqual(hashesBefore);
});

it("a historian copies a file with a wrong hash only once from each historian", async () => {
  const wrong = copyOf(full);
  const source = await opened(wrong, EVERYTHING, false);
  const path = pathOf(wrong, 1);
  const bytes = readFileSync(path);
  bytes[40] = (bytes[40] ?? 0) ^ 1;
  const keeper = await opened(folder());
  const { copies, reads } = await copiesOf(keeper, source);
  writeFileSync(path, bytes);
  await copies.run();
  await copies.run();
  const { firstSeq = 0, lastSeq = 0, file } = listOf(full).parts[1] ?? {};
  expect((await keeper.lacking()).gaps).toEqual([{ from: firstSeq, to: lastSeq }]);
  expect(reads.filter((sha256) => sha256 === file?.sha256)).toHaveLength(1);
  expect(await rowsOf(keeper, duck)).toEqual(expected.filter(({ seq }) => seq < firstSeq || seq > lastSeq));
});

it("a gap is filled in a historian that was away for longer than the stream keeps events", async () => {
  const directory = copyOf(full);
  const source = await opened(copyOf(full));
  await append(source, EVENTS, EVENTS + 200);
  const keeper = await opened(directory);
  const [gap] = (await keeper.lacking()).gaps;
  expect(gap?.from).toBe(EVENTS + 1);
  const { copies } = await copiesOf(keeper, source);
  await copies.run();
  expect((await rowsOf(keeper, duck)).map(({ id }) => id)).toEqual((await rowsOf(source, duck)).map(({ id }) => id));
  expect(await keeper.lacking()).toEqual({ missing: [], gaps: [] });
});

it("a historian restores the lost file of an open part from the finished part of another historian", async () => {
  const source = await opened(copyOf(full));
  await append(source, EVENTS + 200, EVENTS + 300);
  const directory = copyOf(full);
  rmSync(pathOf(directory, -1));
  const keeper = await opened(directory);
  expect((await keeper.lacking()).missing).toHaveLength(1);
  const { copies } = await copiesOf(keeper, source);
  await copies.run();
  await copies.run();
  expect((await keeper.lacking()).missing).toEqual([]);
  expect((await rowsOf(keeper, duck)).map(({ id }) => id)).toEqual((await rowsOf(source, duck)).map(({ id }) => id));
});
