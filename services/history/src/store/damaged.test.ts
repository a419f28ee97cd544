import {
  closeSync,
  copyFileSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { projectionsOf, VIEWS } from "@fleetlog/projections/folding";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { ofStream, randomHistory } from "../testing/random-history.ts";
import { contents, feed, silent, workspace } from "../testing/stores.ts";
import { HistoryStore, type HistoryStoreOptions } from "./history-store.ts";
import { filesOf } from "./manifest.ts";
import { stateOf } from "./usable.ts";

const events = ofStream(randomHistory(10, 150, 5), "FLEET").slice(0, 220);
const some = ["registry", "status", "commands"];
const projections = projectionsOf(VIEWS).filter(({ name }) => some.includes(name));
let place: Awaited<ReturnType<typeof workspace>>;
let folders = 0;

beforeAll(async () => {
  place = await workspace();
});
afterAll(() => place.remove());

function opened(directory: string, more: Partial<HistoryStoreOptions> = {}): Promise<HistoryStore> {
  const limits = { sealEvery: 80, baseEvery: 60 };
  const options = { directory, stream: "FLEET", projections, duck: place.duck, logger: silent } as const;
  return HistoryStore.open({ ...options, ...limits, ...more });
}

/** A running store with all events. All but the last ones are in its files. */
async function running(): Promise<HistoryStore> {
  const store = await opened(join(place.directory, `damaged${++folders}`));
  onTestFinished(() => store.close());
  await feed(store, events);
  await store.sealed();
  return store;
}

/** Everything that the store's statements can find. Together they read each of its files. */
async function allOf(store: HistoryStore): Promise<unknown> {
  const session = await place.duck.connect();
  const found = await contents(store, place.duck);
  try {
    return await store.reading(async () => {
      const links = await session.all(
        `WITH wanted AS (SELECT '${events[3]?.id}' AS text) ${store.links("id")} ORDER BY ALL`,
      );
      const rows: unknown[] = [];
      for (const one of projections) rows.push(await session.all(`${store.asOf(one, events.length)} ORDER BY key`));
      return { found, links, rows };
    });
  } finally {
    session.close();
  }
}

/** Writes zeros over the middle third of a file, as another program could. */
function zero(path: string): void {
  const { size } = statSync(path);
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(Math.ceil(size / 3)), 0, Math.ceil(size / 3), Math.floor(size / 3));
  closeSync(file);
}

const KINDS = [
  ["lost", (path: string) => rmSync(path)],
  ["cut", (path: string) => truncateSync(path, Math.floor(statSync(path).size / 2))],
  ["overwritten with zeros", zero],
] as const;

const unavailable = { code: "history-unavailable", message: "a file of the history was damaged" };

describe.each(KINDS)("a running store's file that is %s", (_, damage) => {
  it("is noticed by the next read, after which nothing is answered", async () => {
    const { manifest } = await running();
    const suffixes = filesOf(manifest).map(({ name }) => name.replace(/^[a-z]\d+/, ""));
    for (const suffix of new Set(suffixes)) {
      const store = await running();
      const { name = "" } = filesOf(store.manifest).find((one) => one.name.endsWith(suffix)) ?? {};
      const whole = await allOf(store);
      damage(join(store.directory, name));
      await expect(
        allOf(store).then((found) => expect(found).toEqual(whole)),
        name,
      ).rejects.toMatchObject(unavailable);
      await expect(store.damaged).rejects.toThrow(`${name} is missing, or was changed since it was written`);
      await expect(store.reading(async () => 1)).rejects.toMatchObject(unavailable);
      await expect(store.apply(events.slice(-1), events.length + 1)).rejects.toMatchObject(unavailable);
    }
  }, 120_000);

  it("is noticed although nobody reads it", async () => {
    const store = await running();
    const { name = "" } = filesOf(store.manifest).at(-1) ?? {};
    damage(join(store.directory, name));
    await expect(store.expectWhole(store.manifest)).rejects.toMatchObject(unavailable);
  });
});

it("a read during which a file changes answers nothing, even if the file is whole again at the read's end", async () => {
  const store = await running();
  const [{ name = "" } = {}] = filesOf(store.manifest);
  const path = join(store.directory, name);
  copyFileSync(path, `${path}.copy`);
  const read = store.reading(async () => {
    store.events();
    store.asOf(projections[0] as never, events.length);
    await store.rows([1]);
    zero(path);
    renameSync(`${path}.copy`, path);
  });
  await expect(read).rejects.toMatchObject({ code: "history-unavailable", advice: "Ask again." });
  expect(await contents(store, place.duck)).toMatchObject({ events: expect.anything() });
});

it("a read during which a file changes answers nothing, even if another read has found the file whole again", async () => {
  const store = await running();
  const [{ name = "" } = {}] = filesOf(store.manifest);
  const path = join(store.directory, name);
  copyFileSync(path, `${path}.copy`);
  const [reads, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const { rewrites } = store;
  const read = store.reading(async () => {
    store.events();
    reads.resolve();
    await gate.promise;
  });
  await reads.promise;
  renameSync(`${path}.copy`, path);
  await expect(store.expectWhole(store.manifest)).rejects.toMatchObject({ advice: "Ask again." });
  gate.resolve();
  await expect(read).rejects.toMatchObject({ advice: "Ask again." });
  await expect(store.expectWhole(store.manifest, rewrites)).rejects.toMatchObject({ advice: "Ask again." });
  await store.expectWhole(store.manifest);
});

it("the store still answers from files of which only the times have changed", async () => {
  const store = await running();
  const whole = await contents(store, place.duck);
  for (const { name } of filesOf(store.manifest)) utimesSync(join(store.directory, name), 1, 1);
  await expect(store.expectWhole(store.manifest)).rejects.toMatchObject({ advice: "Ask again." });
  expect(await contents(store, place.duck)).toEqual(whole);
});

it.each(KINDS.slice(0, 2))(
  "a fold's state that is %s is noticed before a further event is folded",
  async (_, damage) => {
    const store = await running();
    const whole = await contents(store, place.duck);
    const state = join(store.directory, stateOf(projections));
    damage(state);
    await expect(store.apply(events.slice(-1), events.length + 1)).rejects.toMatchObject(unavailable);
    await expect(store.reading(async () => 1)).rejects.toMatchObject(unavailable);
    const error = await store.damaged.catch((one: unknown) => one);
    expect(store.dropDamaged(error)).toBe(true);
    await store.close();
    const again = await opened(store.directory);
    onTestFinished(() => again.close());
    expect(again.nextSeq).toBe(1);
    await feed(again, events);
    expect(await contents(again, place.duck)).toEqual(whole);
  },
);

it("a store whose segment was damaged folds the log again after its next start", async () => {
  const store = await running();
  const whole = await contents(store, place.duck);
  const [{ name = "" } = {}] = filesOf(store.manifest);
  zero(join(store.directory, name));
  await store.expectWhole(store.manifest).catch(() => {});
  expect(store.dropDamaged(await store.damaged.catch((one: unknown) => one))).toBe(true);
  await store.close();
  const again = await opened(store.directory);
  onTestFinished(() => again.close());
  expect(again.nextSeq).toBe(1);
  expect(readFileSync(join(again.directory, stateOf(projections))).length).toBeGreaterThan(0);
  await feed(again, events);
  expect(await contents(again, place.duck)).toEqual(whole);
});

it.each([["the manifest"], ["the fold's state"], ["a segment"]])(
  "a start that can't read %s fails with the file's name, and deletes nothing of the history",
  async (which) => {
    const { directory, ...store } = await stopped();
    const [{ name: segment = "" } = {}] = filesOf(store.manifest);
    const name = { "the manifest": "manifest.json", "the fold's state": stateOf(projections) }[which] ?? segment;
    const path = join(directory, name);
    const before = readdirSync(directory).sort();
    renameSync(path, `${directory}-aside`);
    // A file that is there, and can't be opened by any user.
    symlinkSync(name, path);
    await expect(opened(directory)).rejects.toThrow(path);
    expect(readdirSync(directory).sort()).toEqual(before);
    renameSync(`${directory}-aside`, path);
    const again = await opened(directory);
    onTestFinished(() => again.close());
    expect([again.seq, again.manifest]).toEqual([store.seq, store.manifest]);
  },
);

it("a fold's state of which the disk has lost a part is set aside, because the next start would not read that part", async () => {
  const store = await running();
  const whole = await contents(store, place.duck);
  const state = stateOf(projections);
  // As node:sqlite reports EIO of a read.
  const lost = Object.assign(new Error("disk I/O error"), { code: "ERR_SQLITE_ERROR", errcode: 8458 });
  expect(store.dropDamaged(lost)).toBe(true);
  await store.close();
  expect(readdirSync(`${store.directory}-unreadable`)).toContain(state);
  const again = await opened(store.directory);
  onTestFinished(() => again.close());
  expect([again.nextSeq, again.manifest]).toEqual([1, store.manifest]);
  await feed(again, events);
  expect(await contents(again, place.duck)).toEqual(whole);
});

it("an error of a full disk leaves the fold's state where it is", async () => {
  const store = await running();
  const full = Object.assign(new Error("database or disk is full"), { code: "ERR_SQLITE_ERROR", errcode: 13 });
  expect(store.dropDamaged(full)).toBe(false);
  expect(readdirSync(store.directory)).toContain(stateOf(projections));
});

describe.runIf(process.platform === "linux")("a start that gets EIO", () => {
  /** Puts a file in a file's place that can be opened, but not read. */
  function lose(path: string): void {
    rmSync(path);
    symlinkSync("/proc/self/mem", path);
  }

  it.each([["the manifest"], ["a segment"]])(
    "for %s sets the history aside, and folds the log again",
    async (which) => {
      const { directory, manifest } = await stopped();
      const name = which === "the manifest" ? "manifest.json" : (filesOf(manifest)[0]?.name ?? "");
      lose(join(directory, name));
      const before = readdirSync(directory).sort();
      const again = await opened(directory);
      onTestFinished(() => again.close());
      expect(readdirSync(`${directory}-unreadable`).sort()).toEqual(before);
      expect([again.seq, again.nextSeq]).toEqual([0, 1]);
      await feed(again, events);
      const store = await running();
      expect(await contents(again, place.duck)).toEqual(await contents(store, place.duck));
    },
  );

  it("for the fold's state sets only that aside, and answers from the segments while it folds the log again", async () => {
    const { directory, manifest, seq } = await stopped();
    lose(join(directory, stateOf(projections)));
    const again = await opened(directory);
    onTestFinished(() => again.close());
    expect(readdirSync(`${directory}-unreadable`)).toEqual([stateOf(projections)]);
    expect([again.seq, again.nextSeq, again.manifest]).toEqual([seq, 1, manifest]);
  });

  it("keeps only the unreadable file if the disk has no room for two histories, and what was set aside last", async () => {
    const { directory, manifest } = await stopped();
    const [first, second] = filesOf(manifest).map(({ name }) => name) as [string, string];
    for (const name of [first, second]) {
      lose(join(directory, name));
      const again = await opened(directory, { freeBytes: async () => 10 });
      expect(readdirSync(`${directory}-unreadable`)).toEqual([name]);
      await feed(again, events);
      await again.seal();
      await again.close();
    }
  });

  it("deletes nothing of a stream whose log drops old events: it ends if there is no room, or if a history is set aside already", async () => {
    const { directory, manifest } = await stopped();
    const [first, second] = filesOf(manifest).map(({ name }) => name) as [string, string];
    lose(join(directory, first));
    const before = readdirSync(directory).sort();
    await expect(opened(directory, { stream: "ACCESS", freeBytes: async () => 10 })).rejects.toThrow(first);
    expect(readdirSync(directory).sort()).toEqual(before);
    const again = await opened(directory, { stream: "ACCESS" });
    await feed(again, events);
    await again.seal();
    await again.close();
    lose(join(directory, second));
    await expect(opened(directory, { stream: "ACCESS" })).rejects.toThrow(second);
    expect(readdirSync(`${directory}-unreadable`).sort()).toEqual(before);
  });
});

it("a running history refuses an answer from a file that can't be read now, and goes on when it can", async () => {
  const store = await running();
  const whole = await contents(store, place.duck);
  const [{ name = "" } = {}] = filesOf(store.manifest);
  const path = join(store.directory, name);
  renameSync(path, `${path}.aside`);
  symlinkSync(name, path);
  await expect(store.expectWhole(store.manifest)).rejects.toThrow(name);
  renameSync(`${path}.aside`, path);
  expect(await contents(store, place.duck)).toEqual(whole);
});

/** A store with all events in its files, after its end. */
async function stopped() {
  const store = await running();
  await store.seal();
  const { directory, manifest, seq } = store;
  await store.close();
  return { directory, manifest, seq };
}
