import { appendFileSync, cpSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBAppender } from "@duckdb/node-api";
import { History } from "@fleetlog/projections/fixtures";
import { projectionsOf, VIEWS } from "@fleetlog/projections/folding";
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from "vitest";
import { ofStream, randomHistory } from "../testing/random-history.ts";
import { contents, feed, silent, workspace } from "../testing/stores.ts";
import { Folder } from "./folder.ts";
import { HistoryStore } from "./history-store.ts";
import { seqOf, writeManifest } from "./manifest.ts";
import { idOf, type Only } from "./statements.ts";

const events = ofStream(randomHistory(10, 150, 5), "FLEET").slice(0, 220);
const some = ["registry", "status", "commands"];
const projections = projectionsOf(VIEWS).filter(({ name }) => some.includes(name));
const goal = events.length;
let place: Awaited<ReturnType<typeof workspace>>;
let expected: Awaited<ReturnType<typeof contents>>;
let template: string;
let folders = 0;

beforeAll(async () => {
  place = await workspace();
  template = folder();
  const store = await opened(template);
  await feed(store, events);
  expected = await contents(store, place.duck);
  await store.close();
});
afterAll(() => place.remove());

function folder(): string {
  return join(place.directory, `store${++folders}`);
}

/** The folder of a store that was fed and closed. */
function left(): string {
  const directory = folder();
  cpSync(template, directory, { recursive: true });
  return directory;
}

function opened(directory: string, beforeStep?: (step: string) => void, of = projections): Promise<HistoryStore> {
  return HistoryStore.open({
    directory,
    stream: "FLEET",
    projections: of,
    duck: place.duck,
    logger: silent,
    sealEvery: 80,
    baseEvery: 60,
    ...(beforeStep !== undefined && { beforeStep }),
  });
}

it("a store has each event and each version of a row once, in its tail and its segments", () => {
  expect(expected.events).toHaveLength(goal);
  const versions = expected.registry as { key: string; seq: number; row: { seq: number } }[];
  expect(versions.length).toBeGreaterThan(10);
  for (const { seq, row } of versions) expect(row.seq).toBe(seq);
  expect(new Set(versions.map(({ key, seq }) => `${key} ${seq}`)).size).toBe(versions.length);
});

it("the manifest names the blocks of events of each segment; without them, a segment is one block", async () => {
  const directory = left();
  const store = await opened(directory);
  const { segments } = store.manifest;
  expect(segments.length).toBeGreaterThan(1);
  const firsts = [...segments.map(({ firstSeq }) => firstSeq), seqOf(store.manifest) + 1];
  const within = (first: number, i: number) =>
    events.filter(({ seq }) => seq >= first && seq < (firsts[i + 1] ?? goal + 1));
  const least = (first: number, i: number) =>
    within(first, i)
      .map(({ time }) => time)
      .toSorted()[0];
  await feed(store, events);
  expect(store.eventBlocks).toEqual(firsts.map((first, i) => ({ first, least: least(first, i) })));
  const older = { ...store.manifest, segments: segments.map(({ blocks: _, ...segment }) => segment) };
  await store.close();
  await writeManifest(new Folder(directory), older);
  const again = await opened(directory);
  expect(again.eventBlocks).toEqual(firsts.slice(0, -1).map((first) => ({ first, least: "" })));
  await again.close();
});

it("rows that are read by their known newest versions are those that a search finds, as of any moment", async () => {
  const store = await opened(left());
  await feed(store, events);
  const session = await place.duck.connect();
  onTestFinished(async () => {
    session.close();
    await store.close();
  });
  const sorted = (sql = "SELECT NULL AS version LIMIT 0") => session.all(`SELECT * FROM (${sql}) ORDER BY version`);
  const found = { rows: 0, unchanged: 0 };
  for (const projection of projections) {
    const id = idOf(projection);
    const keys = [...new Set((expected[projection.name] as { key: string }[]).map(({ key }) => key))];
    const selections: Only[] = [
      { column: "key", values: keys.slice(0, 1) },
      { column: "key", values: [...keys.slice(3), "none"] },
      { column: projection.name === "commands" ? "device" : "key", values: ["device-000001", "device-000004"] },
    ];
    for (const only of selections) {
      for (let seq = 20; seq <= goal; seq += 25) {
        const newest = store.newestOf(projection, seq, only);
        const versions = newest === undefined ? [] : await session.all<Record<string, number>>(newest);
        const changed = versions.map((row) => ({ id: row[id] as string | number, version: Number(row.version) }));
        const rows = await sorted(store.picked(projection, seq, { only, changed }));
        expect(rows).toEqual(await sorted(store.asOf(projection, seq, { only })));
        found.rows += rows.length;
        found.unchanged += rows.length - changed.length;
      }
    }
  }
  expect(found.rows).toBeGreaterThan(100);
  expect(found.unchanged).toBeGreaterThan(20);
});

it("a store loses nothing and adds nothing twice if the process ends after any step", async () => {
  const cuts: { readonly before: string; readonly directory: string }[] = [];
  const path = folder();
  const whole = await opened(path, (before) => {
    const directory = folder();
    // What a killed process leaves: SQLite's files are not closed.
    cpSync(path, directory, { recursive: true });
    cuts.push({ before, directory });
  });
  await feed(whole, events);
  await whole.close();
  expect(cuts.length).toBeGreaterThan(30);
  for (const { before, directory } of cuts) {
    const again = await opened(directory);
    await feed(again, events);
    expect({ before, ...(await contents(again, place.duck)) }).toEqual({ before, ...expected });
    await again.close();
  }
}, 600_000);

it("while a segment is written, events are applied, and each event and version can be read once", async () => {
  const steps: string[] = [];
  const own = { directory: folder(), stream: "FLEET", projections, duck: place.duck, logger: silent } as const;
  const beforeStep = (step: string) => steps.push(step);
  const store = await HistoryStore.open({ ...own, sealEvery: 40, baseEvery: 30, beforeStep });
  let besides = 0;
  for (const { seq } of events) {
    await store.apply([events[seq - 1] as (typeof events)[number]], seq);
    const listed = seqOf(store.manifest);
    if (seq - listed < 40) continue;
    besides += 1;
    const { events: found, registry } = await contents(store, place.duck);
    expect(found).toEqual(expected.events?.slice(0, seq));
    expect(registry).toEqual((expected.registry as Versioned[]).filter((row) => row.seq <= seq));
    expect(store.eventBlocks.map(({ first }) => first).at(-1)).toBe(seq - ((seq - 1) % 40));
    expect(store.nextSeq).toBeLessThanOrEqual(listed + 1);
  }
  expect(besides).toBeGreaterThanOrEqual(3);
  await store.sealed();
  expect(await contents(store, place.duck)).toEqual(expected);
  expect(steps.filter((step) => step === "commit the state")).toHaveLength(2);
  await store.close();
});

it("if a segment can't be written, the store's next call fails, and a restarted store loses nothing", async () => {
  for (const next of ["apply", "seal", "markComplete"] as const) {
    const directory = folder();
    let left = 2;
    const store = await opened(directory, (step) => {
      if (/^copy s1-registry/.test(step) && left-- > 0) throw new Error("no space left");
    });
    await feed(
      store,
      events.filter(({ seq }) => seq <= 160),
    );
    await expect(store.sealed()).rejects.toThrow("no space left");
    const [event] = events.filter(({ seq }) => seq === 161);
    const call = next === "apply" ? store.apply(event === undefined ? [] : [event], 161) : store[next]();
    await expect(call).rejects.toThrow("no space left");
    await store.close();
    const again = await opened(directory);
    expect([again.nextSeq, again.seq]).toEqual([81, 80]);
    await feed(again, events);
    expect(await contents(again, place.duck)).toEqual(expected);
    await again.close();
  }
});

it("a store that is closed while a segment is written waits for its files", async () => {
  const directory = folder();
  const store = await opened(directory);
  await feed(
    store,
    events.filter(({ seq }) => seq <= 160),
  );
  expect(seqOf(store.manifest)).toBe(80);
  await store.close();
  expect(seqOf(store.manifest)).toBe(160);
  const again = await opened(directory);
  expect([again.nextSeq, again.seq]).toEqual([81, 160]);
  await again.close();
});

it("a segment also ends when it has many rows", async () => {
  const own = { directory: folder(), stream: "FLEET" as const, projections, duck: place.duck, logger: silent };
  const store = await HistoryStore.open({ ...own, sealRows: 100 });
  await feed(store, events);
  await store.sealed();
  const segments = store.manifest.segments.map(({ tables, firstSeq, lastSeq }) => {
    const { links: _, ...counted } = tables;
    return { rows: Object.values(counted).reduce((sum, { count }) => sum + count, 0), events: lastSeq - firstSeq + 1 };
  });
  expect(segments.length).toBeGreaterThan(2);
  for (const { rows, events: some } of segments) {
    expect(rows).toBeGreaterThanOrEqual(100);
    expect(some).toBeLessThan(100);
  }
  await store.close();
});

it("a segment also ends when its rows take many bytes", async () => {
  const own = { directory: folder(), stream: "FLEET" as const, projections, duck: place.duck, logger: silent };
  const most = 64 * 1024;
  const store = await HistoryStore.open({ ...own, sealBytes: most });
  for (const event of events) {
    await store.apply([event], event.seq);
    await store.sealed();
  }
  const ends = store.manifest.segments.map(({ lastSeq }) => lastSeq);
  await store.close();
  expect(ends.length).toBeGreaterThan(2);
  const texts = events.map((event) => JSON.stringify(event).length);
  // A segment has about as many bytes of events as of rows.
  for (const [i, end] of ends.entries()) {
    const bytes = texts.slice(ends[i - 1] ?? 0, end).reduce((sum, length) => sum + length, 0);
    expect(bytes).toBeGreaterThan(most / 8);
    expect(bytes).toBeLessThan(most);
  }
});

it("a store that catches up commits its state with every fourth segment, and when it is complete", async () => {
  const steps: string[] = [];
  const own = { directory: folder(), stream: "FLEET", projections, duck: place.duck, logger: silent } as const;
  const options = { ...own, sealEvery: 20, beforeStep: (step: string) => steps.push(step) };
  const store = await HistoryStore.open(options);
  for (const upTo of [20, 40, 60, 80, 100, 120]) {
    await store.apply(
      events.filter(({ seq }) => seq > upTo - 20 && seq <= upTo),
      upTo,
    );
  }
  await store.sealed();
  expect(store.manifest.segments).toHaveLength(6);
  const commits = steps.filter((step) => /^commit|^rename/.test(step));
  const [rename, commit] = ["rename manifest.json", "commit the state"];
  expect(commits).toEqual([rename, commit, rename, rename, rename, rename, commit, rename]);
  await store.close();

  const again = await HistoryStore.open(options);
  expect([again.nextSeq, again.seq]).toEqual([101, 120]);
  await feed(
    again,
    events.filter(({ seq }) => seq <= 130),
  );
  await again.markComplete();
  expect(again.manifest.segments).toHaveLength(7);
  await again.close();

  const complete = await HistoryStore.open(options);
  expect(complete.nextSeq).toBe(131);
  await complete.close();
});

it("the event loop turns while the fold's rows are written for a commit", async () => {
  const history = new History();
  for (let i = 0; i < 15_000; i++) history.register(`d${i}`);
  const own = { directory: folder(), stream: "FLEET", projections, duck: place.duck, logger: silent } as const;
  const store = await HistoryStore.open({ ...own, sealEvery: 5_000 });
  await feed(store, history.events);
  expect(store.nextSeq).toBeLessThan(10_000);
  let turns = 0;
  const count = () => {
    turns += 1;
    counting = setImmediate(count);
  };
  let counting = setImmediate(count);
  await store.seal();
  clearImmediate(counting);
  expect(turns).toBeGreaterThan(3);
  expect(store.nextSeq).toBe(history.seq + 1);
  await store.close();
}, 40_000);

it("a store commits its state a minute after it has caught up, and while it repeats events of its segments", async () => {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const own = { directory: folder(), stream: "FLEET", projections, duck: place.duck, logger: silent } as const;
  const options = { ...own, sealEvery: 20 };
  const store = await HistoryStore.open(options);
  const upTo = async (last: number) => {
    await feed(
      store,
      events.filter(({ seq }) => seq > store.applied && seq <= last),
      20,
    );
    await store.sealed();
  };
  await upTo(65);
  expect([store.nextSeq, store.seq, store.manifest.segments.length]).toEqual([21, 65, 3]);
  now = 59_999;
  await upTo(70);
  expect(store.nextSeq).toBe(21);
  now = 60_000;
  await upTo(72);
  expect([store.nextSeq, store.manifest.segments.length]).toEqual([73, 4]);
  now = 200_000;
  await upTo(75);
  expect([store.nextSeq, store.manifest.segments.length]).toEqual([73, 4]);
  await store.close();

  for (const name of readdirSync(own.directory)) if (/^fold/.test(name)) rmSync(join(own.directory, name));
  const again = await HistoryStore.open(options);
  expect([again.nextSeq, again.seq]).toEqual([1, 72]);
  now = 260_000;
  await again.apply(
    events.filter(({ seq }) => seq <= 30),
    30,
  );
  expect([again.nextSeq, again.manifest.segments.length]).toEqual([31, 4]);
  await feed(again, events);
  expect(await contents(again, place.duck)).toEqual(expected);
  await again.close();
});

it.each([
  ["a changed file", (path: string) => appendFileSync(join(path, named(path, /^s0-status/)), "x")],
  ["a missing file", (path: string) => rmSync(join(path, named(path, /\.rows$/)))],
  ["a missing manifest", (path: string) => rmSync(join(path, "manifest.json"))],
  ["a damaged state", (path: string) => writeFileSync(join(path, named(path, /^fold/)), "x".repeat(4_096))],
  [
    "an update from a release with another state",
    (path: string) => renameSync(join(path, named(path, /^fold/)), join(path, "state-1.sqlite")),
  ],
  ["a missing state", (path: string) => rmSync(join(path, named(path, /^fold/)))],
])("a store reads the log from its start again after %s", async (_, damage) => {
  const directory = left();
  for (const name of readdirSync(directory)) if (/-(?:wal|shm)$/.test(name)) rmSync(join(directory, name));
  damage(directory);
  const again = await opened(directory);
  expect(again.nextSeq).toBe(1);
  expect(named(directory, /^state/)).toBe("");
  await feed(again, events);
  expect(await contents(again, place.duck)).toEqual(expected);
  await again.close();
});

// With an older one, a limited scope would still show devices to the account that they have left.
it("a store never reports a last change that is older than its newest row", async () => {
  const whole = await opened(left());
  const directory = left();
  rmSync(join(directory, named(directory, /^fold.*sqlite$/)));
  const again = await opened(directory);
  const newest = again.seq;
  expect(newest).toBeGreaterThan(100);
  for (const upTo of [0, 50, 100]) {
    await again.apply(
      events.filter(({ seq }) => seq <= upTo),
      upTo,
    );
    expect(again.changedAt("registry")).toBe(newest);
  }
  await feed(
    again,
    events.filter(({ seq }) => seq > 100),
  );
  await feed(whole, events);
  expect(again.changedAt("registry")).toBe(whole.changedAt("registry"));
  expect(again.changedAt("registry")).toBeLessThan(goal);
  await whole.close();
  await again.close();
});

it("a store is rebuilt when a projection has a new version", async () => {
  const directory = left();
  const [registry, ...others] = projections;
  if (registry === undefined) throw new TypeError("no projection");
  const column = { name: "twice", type: "integer", of: ({ seq }: { seq: number }) => 2 * seq } as const;
  const changed = { ...registry, version: registry.version + 1, columns: [...registry.columns, column] };
  const again = await opened(directory, undefined, [changed, ...others]);
  expect(again.nextSeq).toBe(1);
  await feed(again, events);
  const { [registry.name]: rows = [] } = await contents(again, place.duck);
  expect(rows).toEqual(
    expected[registry.name]?.map((row) => ({ ...(row as Versioned), twice: 2 * (row as Versioned).seq })),
  );
  await again.close();
});

it("a store fails if rows can't be written, instead of leaving them out", async () => {
  const own = { directory: folder(), stream: "FLEET", projections, duck: place.duck, logger: silent } as const;
  const store = await HistoryStore.open(own);
  onTestFinished(() => store.close());
  const history = new History();
  for (let i = 0; i < 2_000; i++) history.register(`d${i}`);
  const append = vi.spyOn(DuckDBAppender.prototype, "appendDataChunk").mockImplementationOnce(() => {
    throw new Error("out of memory");
  });
  onTestFinished(() => append.mockRestore());
  // A registration changes several fields, so the table of changes is the first to fill a chunk.
  await expect(store.apply(history.events, history.seq)).rejects.toThrow("out of memory");
  expect(append).toHaveBeenCalledTimes(1);
});

interface Versioned {
  readonly seq: number;
}

function named(directory: string, pattern: RegExp): string {
  return readdirSync(directory).find((name) => pattern.test(name)) ?? "";
}
