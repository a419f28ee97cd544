import { utimesSync } from "node:fs";
import { join } from "node:path";
import { type FedViews, fedViews, random } from "@fleetlog/projections/fixtures";
import { Reader, scopeOfPast, VIEWS } from "@fleetlog/projections/folding";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { Moment } from "../moments/as-of.ts";
import type { HistoryStore } from "../store/history-store.ts";
import { ownedIn } from "../testing/owned.ts";
import { eventsUpTo, ofStream, randomHistory } from "../testing/random-history.ts";
import { RandomQueries, type RandomQuery } from "../testing/random-queries.ts";
import { feed, openStores, workspace } from "../testing/stores.ts";
import { StoredAsOf } from "./stored-as-of.ts";

const SEQUENCES = 200;
const history = randomHistory(20, 600, 7);
const newest = ofStream(history, "FLEET").at(-1)?.seq ?? 0;
const owned = ownedIn(ofStream(history, "FLEET"));
let stores: Awaited<ReturnType<typeof openStores>>;
let place: Awaited<ReturnType<typeof workspace>>;
let asOf: StoredAsOf;
let today: FedViews;

beforeAll(async () => {
  place = await workspace();
  const { duck } = place;
  stores = await openStores(place, { sealEvery: 300, baseEvery: 100 });
  for (const [stream, store] of stores) await feed(store, ofStream(history, stream));
  today = fedViews(history);
  asOf = new StoredAsOf({ duck, stores, owned, goal: () => newest, now: Date.now, moments: 2 });
});
afterAll(async () => {
  await asOf.close();
  today.close();
  for (const store of stores.values()) await store.close();
  place.remove();
});

function expected({ query, params, scope }: RandomQuery, views: FedViews, { seq, at }: Moment): unknown {
  const found = VIEWS.map(({ queries }) => queries.get(query)).find((one) => one !== undefined);
  return found?.answer(
    new Reader(views.rows, scope && scopeOfPast(today.rows, scope, seq), undefined, () => Date.parse(at)),
    params as never,
  );
}

it("a query as of any sequence gets the answer that the views gave then", async () => {
  const dice = random(3);
  const queries = new RandomQueries(history, dice);
  const questions: { readonly moment: Moment; readonly asked: readonly RandomQuery[] }[] = [];
  for (let i = 0; i < SEQUENCES; i++) {
    const moment = await asOf.resolve(1 + Math.floor(dice() * newest));
    const asked = VIEWS.map(({ queries: names }) =>
      queries.one([...names.keys()][Math.floor(dice() * names.size)] ?? ""),
    );
    questions.push({ moment, asked });
  }
  const wanted = new Map<RandomQuery, object>();
  let views = fedViews([]);
  let fedUpTo = "";
  // In the log's order, so that views have few events to read again.
  for (const { moment, asked } of questions.toSorted((a, b) => a.moment.seq - b.moment.seq)) {
    if (moment.at < fedUpTo) {
      // Events of other streams were fed that are later than this one of FLEET.
      views.close();
      views = fedViews([]);
    }
    fedUpTo = moment.at;
    views.feed(eventsUpTo(history, moment.seq));
    for (const one of asked) {
      wanted.set(
        one,
        settled(() => expected(one, views, moment)),
      );
    }
  }
  views.close();
  for (const { moment, asked } of questions) {
    for (const one of asked) {
      const got = await asOf.answer(one.query, one.params, one.scope, moment).then(
        (answer) => ({ answer }),
        (error) => ({ error: String(error) }),
      );
      expect({ moment, asked: one, ...got }).toEqual({ moment, asked: one, ...wanted.get(one) });
    }
  }
}, 900_000);

function settled(task: () => unknown): { answer: unknown } | { error: string } {
  try {
    return { answer: task() };
  } catch (error) {
    return { error: String(error) };
  }
}

it("a time means the newest event up to that time, in segments and in the tail", async () => {
  const fleet = ofStream(history, "FLEET");
  const dice = random(17);
  for (let i = 0; i < 30; i++) {
    const at = fleet[Math.floor(dice() * fleet.length)]?.time ?? "";
    const newestThen = fleet.findLast(({ time }) => time <= at);
    expect(await asOf.resolve(at)).toEqual({ seq: newestThen?.seq, at: newestThen?.time });
  }
});

it("a time is refused while events up to it may be missing", async () => {
  const { duck } = place;
  const behind = new StoredAsOf({ duck, stores, owned, goal: () => newest + 1, now: Date.now });
  const fleet = ofStream(history, "FLEET");
  const [first, last] = [fleet[0]?.time ?? "", fleet.at(-1)?.time ?? ""];
  await expect(behind.resolve(last)).rejects.toMatchObject({ code: "history-unavailable" });
  expect((await behind.resolve(first)).seq).toBeLessThan(newest);
  await behind.close();
});

it("tables are not read again if one of their files was briefly replaced by another", async () => {
  const { duck } = place;
  const fleet = stores.get("FLEET") as HistoryStore;
  const fresh = new StoredAsOf({ duck, stores, owned, goal: () => newest, now: Date.now });
  const moment = await fresh.resolve(newest);
  const ask = () => fresh.answer("devices.summary", {}, undefined, moment);
  const asOfSql = fleet.asOf.bind(fleet);
  const named = vi.spyOn(fleet, "asOf").mockImplementation((...args) => {
    const sql = asOfSql(...args);
    // The files have no rows, and are whole again at the end of the read.
    for (const { tables } of fleet.manifest.segments) {
      const file = tables[args[0].name];
      if (file !== undefined) utimesSync(join(fleet.directory, file.name), 1, 1);
    }
    return sql && `SELECT * FROM (${sql}) WHERE false`;
  });
  await expect(ask()).rejects.toMatchObject({ code: "history-unavailable", advice: "Ask again." });
  named.mockRestore();
  expect(await ask()).toEqual(await asOf.answer("devices.summary", {}, undefined, moment));
  await fresh.close();
});

it("names the time of the first event to whoever asks for an earlier moment", async () => {
  const begins = ofStream(history, "FLEET")[0]?.time;
  const asked = asOf.resolve("1999-01-01T00:00:00Z");
  await expect(asked).rejects.toMatchObject({ field: "at", message: `the log begins at ${begins}` });
});
