import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { CATEGORIES, type FleetEvent } from "@fleetlog/domain";
import { type EventLog, memoryBackbone } from "@fleetlog/log";
import { fingerprint, type Projection, projectionsOf, VIEWS } from "@fleetlog/projections/folding";
import { afterAll, beforeAll, expect, it } from "vitest";
import { AnswerSpace } from "../sql/answer-space.ts";
import { Queries } from "../sql/queries.ts";
import { ofStream, randomHistory } from "../testing/random-history.ts";
import { contents, feed, silent, workspace } from "../testing/stores.ts";
import { HistoryStore } from "./history-store.ts";
import { StreamHistory, type StreamHistoryOptions } from "./stream-history.ts";

const events = ofStream(randomHistory(10, 150, 5), "FLEET").slice(0, 220);
const goal = events.length;
const projections = projectionsOf(VIEWS).filter(({ name }) => ["registry", "status", "commands"].includes(name));
/** The projections of a release with another fold of the registry. */
const refolded = projections.map((one): Projection => (one.name === "registry" ? { ...one, version: 1_000 } : one));
const column = { name: "twice", type: "integer", of: ({ seq }: { seq: number }) => 2 * seq } as const;
/** The projections of a release with another column of the registry. */
const widened = refolded.map((one) => (one.name === "registry" ? { ...one, columns: [...one.columns, column] } : one));
let place: Awaited<ReturnType<typeof workspace>>;
let log: EventLog;
let expected: Awaited<ReturnType<typeof contents>>;
let template: string;
let folders = 0;

beforeAll(async () => {
  place = await workspace();
  log = await logOf(events);
  template = folder();
  const history = await built(template);
  expected = await contents(history.store, place.duck);
  await history.close();
}, 60_000);
afterAll(() => place.remove());

async function logOf(some: typeof events): Promise<EventLog> {
  const { log: made } = memoryBackbone();
  for (const { seq: _, stream: __, ...event } of some) await made.append(event as FleetEvent);
  return made;
}

function folder(): string {
  return join(place.directory, `FLEET${++folders}`);
}

function options(directory: string, of = projections): StreamHistoryOptions {
  const common = { stream: "FLEET", duck: place.duck, logger: silent, sealEvery: 160, baseEvery: 60 } as const;
  return { ...common, log, directory, projections: of };
}

/** A history that has caught up. */
async function built(directory: string): Promise<StreamHistory> {
  const history = await StreamHistory.open(options(directory));
  await feed(history.store, events);
  expect(await history.applied()).toBeUndefined();
  return history;
}

/** The folder of a history that has caught up, as an earlier release leaves it. */
function left(): string {
  const directory = folder();
  cpSync(template, directory, { recursive: true });
  return directory;
}

function registered(upTo: number): number {
  return events.filter(({ seq, type }) => seq <= upTo && type === "DeviceRegistered").length;
}

async function catchUp(history: StreamHistory): Promise<void> {
  await feed(history.store, events);
  const old = await history.applied();
  if (old !== undefined) await history.drop(old);
}

it("the stream's history answers from the old history until the new one has the whole log, and then deletes the old one", async () => {
  const directory = left();
  const history = await StreamHistory.open(options(directory, refolded));
  const old = history.serving;
  expect(old).not.toBe(history.store);
  expect(old.seq).toBe(160);
  expect(history.rebuild).toEqual({ seq: 0, goal });
  const upTo = (rows: unknown[] = []) => rows.filter((row) => (row as { seq: number }).seq <= old.seq);
  const before = await contents(old, place.duck);
  for (const [name, rows] of Object.entries(expected)) expect(before[name]).toEqual(upTo(rows));
  await feed(history.store, events.slice(0, 100));
  expect(await history.applied()).toBeUndefined();
  expect(history.serving).toBe(old);
  expect(history.rebuild).toEqual({ seq: 100, goal });
  await feed(history.store, events);
  expect(await history.applied()).toBe(old);
  expect(history.serving).toBe(history.store);
  expect(history.rebuild).toBeUndefined();
  const dropped = Promise.withResolvers<void>();
  const reading = old.reading(() => dropped.promise);
  const dropping = history.drop(old as never);
  expect(readdirSync(directory)).toHaveLength(2);
  await expect(old.reading(async () => {})).rejects.toMatchObject({ code: "history-unavailable" });
  dropped.resolve();
  await reading;
  await dropping;
  expect(readdirSync(directory)).toEqual([fingerprint(refolded)]);
  expect(await contents(history.store, place.duck)).toEqual(expected);
  await history.close();
});

it("SQL up to a moment of the old history reads the old history", async () => {
  const history = await StreamHistory.open(options(left(), refolded));
  const { serving: store } = history;
  expect(store).not.toBe(history.store);
  const queries = new Queries({
    ...{ store, session: await place.duck.connect(), directory: folder(), space: new AnswerSpace() },
    telemetry: { take: async () => ({ files: [], repeats: [], missing: undefined, expectWhole() {}, release() {} }) },
    devicesWithin: async () => [],
    settings: { processes: 1, memory: 128 * 1024 ** 2, timeMs: 30_000, priority: "low" },
  });
  const sql =
    "SELECT (SELECT max(seq) FROM events), (SELECT count(*) FROM devices), (SELECT max(seq) FROM status_versions)";
  const request = { sql, limit: 10, format: "json", categories: CATEGORIES } as const;
  const never = new AbortController().signal;
  const { path, release } = await queries.run(request, never, { seq: 100, time: "2026-01-01T00:00:00Z" });
  const [[newest, devices, changed] = []] = JSON.parse(readFileSync(path, "utf8"));
  expect([newest, devices]).toEqual([100, registered(100)]);
  expect(changed).toBeLessThanOrEqual(100);
  release();
  await queries.close();
  await history.close();
}, 60_000);

it("the stream's history reports the progress of the new history while the old one, with other columns, can't answer", async () => {
  const history = await StreamHistory.open(options(left(), widened));
  await feed(history.store, events.slice(0, 40));
  const [registry, ...others] = widened.toSorted(({ name }) => (name === "registry" ? -1 : 1));
  expect(history.serving.projections.map(({ name }) => name)).not.toContain("registry");
  expect(() => history.serving.asOf(registry as Projection, 100)).toThrow(
    expect.objectContaining({ code: "history-unavailable", message: expect.stringContaining(`40 of ${goal} events`) }),
  );
  for (const one of others) expect(history.serving.asOf(one, 100)).toEqual(expect.any(String));
  await history.close();
});

it("the stream's history answers from a complete history if the process ends after any step", async () => {
  const steps: string[] = [];
  const whole = await StreamHistory.open({
    ...options(left(), refolded),
    beforeStep: (step) => steps.push(step),
  });
  await catchUp(whole);
  await whole.close();
  const marking = steps.lastIndexOf("write manifest.json.next");
  expect(marking).toBe(steps.length - 3);
  // Only some steps: the test of the store covers every step.
  const chosen = steps.map((_, step) => step).filter((step) => step % 12 === 0 || step >= marking);
  for (const last of chosen) {
    const directory = left();
    let count = last;
    const beforeStep = (step: string) => {
      if (count-- === 0) throw new Error(`cut before: ${step}`);
    };
    const cut = await StreamHistory.open({ ...options(directory, refolded), beforeStep });
    await expect(catchUp(cut)).rejects.toThrow(`cut before: ${steps[last]}`);
    await cut.close();
    const again = await StreamHistory.open(options(directory, refolded));
    expect(again.serving.seq).toBeGreaterThanOrEqual(160);
    await catchUp(again);
    expect(readdirSync(directory)).toEqual([fingerprint(refolded)]);
    expect({ before: steps[last], ...(await contents(again.store, place.duck)) }).toEqual({
      before: steps[last],
      ...expected,
    });
    await again.close();
  }
}, 120_000);

it("the stream's history deletes the old history at the next start if the process ended before", async () => {
  const directory = left();
  const history = await StreamHistory.open(options(directory, refolded));
  await feed(history.store, events);
  expect(await history.applied()).toBeDefined();
  await history.close();
  expect(readdirSync(directory)).toHaveLength(2);
  const again = await StreamHistory.open(options(directory, refolded));
  expect(again.serving).toBe(again.store);
  expect(readdirSync(directory)).toEqual([fingerprint(refolded)]);
  await again.close();
});

it("the stream's history answers at once after a return to the earlier release", async () => {
  const directory = left();
  const history = await StreamHistory.open(options(directory, refolded));
  await feed(history.store, events.slice(0, 100));
  await history.close();
  const back = await StreamHistory.open(options(directory));
  expect(back.serving).toBe(back.store);
  expect(back.store.nextSeq).toBeGreaterThan(160);
  expect(readdirSync(directory)).toEqual([fingerprint(projections)]);
  await back.close();
});

it("the stream's history keeps the files of releases that stored them directly in the stream's folder", async () => {
  for (const isInterrupted of [false, true]) {
    const directory = folder();
    const store = await HistoryStore.open(options(directory));
    await feed(store, events);
    await store.close();
    if (isInterrupted) {
      renameSync(directory, `${directory}-moving`);
      mkdirSync(directory);
    }
    const history = await StreamHistory.open(options(directory));
    expect(history.store.nextSeq).toBeGreaterThan(160);
    await catchUp(history);
    expect(readdirSync(directory)).toEqual([fingerprint(projections)]);
    expect(await contents(history.store, place.duck)).toEqual(expected);
    await history.close();
  }
});

it("the stream's history is rebuilt if the log has lost events of its segments, even if its fold's state lacks them", async () => {
  const directory = folder();
  const own = { ...options(directory), sealEvery: 20 };
  const history = await StreamHistory.open(own);
  await feed(history.store, events, 20);
  expect(history.store.seq).toBe(220);
  await history.close();
  const same = await StreamHistory.open(own);
  expect(same.store.nextSeq).toBe(181);
  expect(same.store.seq).toBe(220);
  await same.close();
  const shorter = await logOf(events.slice(0, 200));
  const again = await StreamHistory.open({ ...own, log: shorter });
  expect(again.store.seq).toBe(0);
  await again.close();
});

it.each([
  ["its disk has no room for both", { freeBytes: async () => 1_000 }],
  ["the log is another one", { other: true }],
])(
  "the stream's history has no old history if %s",
  async (_, { freeBytes, other }: { freeBytes?: () => Promise<number>; other?: boolean }) => {
    const directory = left();
    const its = { ...options(directory, refolded), ...(freeBytes && { freeBytes }) };
    const another = other && (await logOf(ofStream(randomHistory(10, 150, 6), "FLEET").slice(0, 220)));
    const history = await StreamHistory.open({ ...its, ...(another && { log: another }) });
    expect(history.serving).toBe(history.store);
    expect(history.rebuild).toBeUndefined();
    expect(readdirSync(directory)).toEqual([fingerprint(refolded)]);
    await history.close();
  },
);

it.runIf(process.platform === "linux")(
  "an old history of which the disk has lost a file is set aside, and stays there while the new one is built",
  async () => {
    const directory = left();
    const [name = ""] = readdirSync(directory);
    const lost = readdirSync(join(directory, name)).find((one) => one.endsWith("-events.parquet")) ?? "";
    rmSync(join(directory, name, lost));
    // Can be opened, but a read gives EIO.
    symlinkSync("/proc/self/mem", join(directory, name, lost));
    const history = await StreamHistory.open(options(directory, refolded));
    expect(history.serving).toBe(history.store);
    await catchUp(history);
    expect(await contents(history.store, place.duck)).toEqual(expected);
    const aside = join(directory, `${name}-unreadable`);
    expect(history.setAside).toEqual([aside]);
    await history.close();
    const again = await StreamHistory.open(options(directory, refolded));
    expect([again.setAside, again.store.isComplete]).toEqual([[aside], true]);
    rmSync(aside, { recursive: true });
    expect(again.setAside).toEqual([]);
    await again.close();
  },
);
