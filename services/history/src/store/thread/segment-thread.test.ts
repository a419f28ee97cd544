import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { RecordedEvent } from "@fleetlog/domain";
import { type Projection, projectionsOf, VIEWS } from "@fleetlog/projections/folding";
import { afterAll, afterEach, beforeAll, expect, it, onTestFinished } from "vitest";
import { ofStream, randomHistory } from "../../testing/random-history.ts";
import { contents, feed, silent, workspace } from "../../testing/stores.ts";
import { HistoryStore } from "../history-store.ts";
import { seqOf } from "../manifest.ts";

const SEGMENT = 60;
const events = ofStream(randomHistory(10, 150, 5), "FLEET").slice(0, 250);
const goal = events.length;
const some = ["registry", "status", "commands"];
const projections = projectionsOf(VIEWS).filter(({ name }) => some.includes(name));
let place: Awaited<ReturnType<typeof workspace>>;
let expected: Awaited<ReturnType<typeof contents>>;
let folders = 0;
const open = new Set<HistoryStore>();

beforeAll(async () => {
  place = await workspace();
  const store = await opened({ threadFrom: Number.POSITIVE_INFINITY });
  await feed(store, events);
  await store.seal();
  expected = await contents(store, place.duck);
  await close(store);
});
afterEach(async () => {
  for (const store of open) await close(store);
});
afterAll(() => place.remove());

interface Own {
  readonly threadFrom?: number;
  readonly baseEvery?: number;
  readonly sealEvery?: number;
  readonly sealBytes?: number;
  readonly projections?: readonly Projection[];
  readonly directory?: string;
  readonly beforeStep?: (step: string) => void;
}

function folder(): string {
  return join(place.directory, `store${++folders}`);
}

async function opened(own: Own = {}): Promise<HistoryStore> {
  const common = { directory: folder(), stream: "FLEET", projections, duck: place.duck, logger: silent } as const;
  const store = await HistoryStore.open({ ...common, sealEvery: SEGMENT, baseEvery: 50, threadFrom: 0, ...own });
  open.add(store);
  return store;
}

async function close(store: HistoryStore): Promise<void> {
  open.delete(store);
  await store.close();
}

/** Feeds the events that the store lacks, each batch with the number of events that follow it. */
async function caughtUp(store: HistoryStore, besides: () => Promise<void> = async () => {}): Promise<void> {
  const left = events.filter(({ seq }) => seq >= store.nextSeq);
  for (let i = 0; i < left.length; i += 20) {
    const batch = left.slice(i, i + 20);
    const seq = batch.at(-1)?.seq ?? 0;
    await store.apply(batch, seq, goal - seq);
    await besides();
  }
}

it("segments of a thread have the same rows as others; until they are listed, only earlier segments can be read", async () => {
  const steps: string[] = [];
  const store = await opened({ beforeStep: (step) => steps.push(step) });
  const seen = new Set<number>();
  let compared = 0;
  await caughtUp(store, async () => {
    const { seq } = store;
    seen.add(store.applied - seq);
    // The last tail is not in the thread, because its end is not known.
    if (goal - store.applied >= SEGMENT) expect(seq).toBe(seqOf(store.manifest));
    const { events: found, registry } = await contents(store, place.duck);
    // If a segment was listed while the tables were read, nothing is compared.
    if (store.seq !== seq) return;
    compared += 1;
    expect(found).toEqual(expected.events?.filter((one) => (one as { seq: number }).seq <= seq));
    expect(registry).toEqual(expected.registry?.filter((one) => (one as { seq: number }).seq <= seq));
  });
  expect(Math.max(...seen)).toBeGreaterThanOrEqual(SEGMENT);
  expect(compared).toBeGreaterThan(5);
  await store.seal();
  expect([store.seq, store.applied]).toEqual([goal, goal]);
  expect(await contents(store, place.duck)).toEqual(expected);
  expect(store.eventBlocks.map(({ first }) => first)).toEqual(store.manifest.segments.map(({ firstSeq }) => firstSeq));
  expect(steps.filter((step) => /^copy s\d+-events/.test(step)).length).toBe(store.manifest.segments.length);
});

it("all rows can be read if a thread does not know the projections, or if few events follow", async () => {
  const own = projections.map((one) => ({ ...one }));
  for (const store of [await opened({ projections: own }), await opened({ threadFrom: goal })]) {
    await caughtUp(store, async () => expect(store.seq).toBe(store.applied));
  }
});

it("a segment of a thread also ends when its rows take many bytes", async () => {
  const store = await opened({ sealEvery: 1_000, sealBytes: 2 * 1024 ** 2 });
  const text = "x".repeat(400_000);
  const withText = (event: RecordedEvent): RecordedEvent =>
    ({ ...event, data: { ...(event.data as object), text } }) as never;
  const large = events.slice(0, 40).map(withText);
  for (const event of large) {
    await store.apply([event], event.seq, 1_000);
    // After this pause the thread has usually reported its bytes. If it has not, the segment has up to six more events,
    // which are on their way.
    await sleep(20);
  }
  await store.sealed();
  const counts = store.manifest.segments.map(({ firstSeq, lastSeq }) => lastSeq - firstSeq + 1);
  expect(counts.length).toBeGreaterThan(1);
  expect(Math.max(...counts)).toBeLessThan(15);
});

it("a thread has half of the memory of DuckDB, and no thread runs without it", async () => {
  const session = await place.duck.connect();
  onTestFinished(() => session.close());
  const limit = async () => (await session.all("SELECT current_setting('memory_limit') AS limit"))[0];
  const whole = await limit();
  const [first, second] = [await opened(), await opened()];
  for (const store of [first, second]) await store.apply(events.slice(0, 30), 30, goal - 30);
  expect(await limit()).toEqual({ limit: "190.7 MiB" });
  // The rows of the second one can be read, so they are not in a thread.
  expect([first.seq, second.seq]).toEqual([0, 30]);
  await close(first);
  expect(await limit()).toEqual(whole);
});

it("a store whose newest rows are in a thread can be sealed, and goes on without it", async () => {
  const store = await opened();
  const first = events.slice(0, 30);
  await store.apply(first, 30, goal - 30);
  expect([store.seq, store.applied]).toEqual([0, 30]);
  await store.apply(events.slice(30, 31), 31, 0);
  expect([store.seq, store.applied, store.nextSeq]).toEqual([31, 31, 32]);
  await store.apply(events.slice(31, 40), 40, 0);
  expect(store.seq).toBe(40);
});

it("rows of a segment that is being written can be read while the next tail moves to a thread", async () => {
  const store = await opened({ threadFrom: goal });
  // The last of these events fills a tail, so the next tail has no rows.
  for (const end of [SEGMENT, 2 * SEGMENT]) await store.apply(events.slice(end - SEGMENT, end), end, 0);
  expect(seqOf(store.manifest)).toBe(SEGMENT);
  const moved = store.apply(events.slice(2 * SEGMENT, 2 * SEGMENT + 1), 2 * SEGMENT + 1, goal);
  const { events: found } = await contents(store, place.duck);
  await moved;
  expect(store.seq).toBe(2 * SEGMENT);
  expect(found).toEqual(expected.events?.slice(0, 2 * SEGMENT));
});

it("a store fails if its thread can't write a segment, and a restarted store loses nothing", async () => {
  const directory = folder();
  const store = await opened({ directory });
  // This folder is in place of a file of the second segment.
  mkdirSync(join(directory, "s1-registry.parquet", "full"), { recursive: true });
  await expect(caughtUp(store)).rejects.toThrow("s1-registry.parquet");
  await expect(store.seal()).rejects.toThrow("s1-registry.parquet");
  await close(store);
  const again = await opened({ directory });
  expect(seqOf(again.manifest)).toBe(SEGMENT);
  await caughtUp(again);
  await again.seal();
  expect(await contents(again, place.duck)).toEqual(expected);
});

it("a store that is closed while its thread writes a segment waits for its files", async () => {
  const directory = folder();
  const store = await opened({ directory });
  // The first segment is waited for, because the fold's state is committed with it.
  for (const end of [SEGMENT, 2 * SEGMENT]) await store.apply(events.slice(end - SEGMENT, end), end, goal - end);
  expect(seqOf(store.manifest)).toBe(SEGMENT);
  await close(store);
  expect(seqOf(store.manifest)).toBe(2 * SEGMENT);
});

it("a file that a thread wrote counts as damaged if it was changed before it was first read", async () => {
  const store = await opened({ baseEvery: goal * 100 });
  await caughtUp(store);
  await store.sealed();
  appendFileSync(join(store.directory, "s0-registry.parquet"), "x");
  await expect(contents(store, place.duck)).rejects.toThrow("damaged");
});
