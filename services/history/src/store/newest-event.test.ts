import { random } from "@fleetlog/projections/fixtures";
import { afterAll, beforeAll, expect, it } from "vitest";
import { workspace } from "../testing/stores.ts";
import type { DuckSession } from "./duck.ts";
import { type EventBlock, EventBlocks } from "./event-blocks.ts";
import { newestUpToSeq, newestUpToTime } from "./newest-event.ts";
import type { StoredHistory } from "./stored-history.ts";

const dice = random(5);
/** With gaps in the sequences, and times of clocks that differ by up to 20 s. */
const events = Array.from({ length: 200 }, (_, i) => ({
  seq: 5 + 2 * i,
  time: new Date(Date.UTC(2026, 0, 31, 12) + i * 1_000 + Math.floor(dice() * 20) * 1_000).toISOString(),
}));
let place: Awaited<ReturnType<typeof workspace>>;
let session: DuckSession;

beforeAll(async () => {
  place = await workspace();
  session = await place.duck.connect();
  const rows = events.map(({ seq, time }) => `(${seq}, '${time}')`).join(", ");
  await session.run(`CREATE TABLE stored AS SELECT * FROM (VALUES ${rows}) AS rows(seq, time)`);
});
afterAll(() => {
  session.close();
  place.remove();
});

/** A history that notes which spans are read. */
function storeOf(eventBlocks: readonly EventBlock[]) {
  const read: number[] = [];
  const store = {
    reading: <T>(task: () => Promise<T>) => task(),
    eventBlocks,
    events(after: number, upTo = Number.MAX_SAFE_INTEGER) {
      read.push(after);
      return `SELECT * FROM stored WHERE seq > ${after} AND seq <= ${upTo}`;
    },
  };
  return { store: store as unknown as StoredHistory, read };
}

function blocksOfTen(): readonly EventBlock[] {
  const blocks = new EventBlocks(20);
  for (const event of events) blocks.add(event);
  return blocks.all;
}

const times = () => Array.from({ length: 20 }, () => events[Math.floor(dice() * events.length)]?.time ?? "");

it("the newest event up to any sequence or time is found in a single block", async () => {
  const { store, read } = storeOf(blocksOfTen());
  expect(store.eventBlocks).toHaveLength(20);
  for (let seq = 5; seq <= 410; seq += 9) {
    expect(await newestUpToSeq(store, session, seq)).toEqual(events.findLast((event) => event.seq <= seq));
  }
  for (const time of times()) {
    expect(await newestUpToTime(store, session, time)).toEqual(events.findLast((event) => event.time <= time));
  }
  expect(read).toHaveLength(46 + 20);
});

it("no event is found before the first one, and nothing is read", async () => {
  const { store, read } = storeOf(blocksOfTen());
  expect(await newestUpToSeq(store, session, 4)).toBeUndefined();
  expect(await newestUpToTime(store, session, "2026-01-31T11:59:59.999Z")).toBeUndefined();
  expect(read).toEqual([]);
});

it("a segment of an older release, whose times are not known, is searched too", async () => {
  const blocks = blocksOfTen();
  const older = [{ first: 1, least: "" }, { first: blocks[5]?.first ?? 0, least: "" }, ...blocks.slice(12)];
  const { store } = storeOf(older);
  for (const time of [...times(), "2026-01-31T11:59:59.999Z"]) {
    expect(await newestUpToTime(store, session, time)).toEqual(events.findLast((event) => event.time <= time));
  }
  expect(await newestUpToSeq(store, session, 6)).toEqual(events[0]);
  expect(await newestUpToSeq(store, session, 4)).toBeUndefined();
});
