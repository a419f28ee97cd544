import { afterEach, expect, it, vi } from "vitest";
import type { EventResource } from "../../data/events.ts";
import { type Answers, stubGateway } from "../../testing/gateway.ts";
import { History } from "./history.ts";

function serving(answers: Answers): string[] {
  const { fetch, calls } = stubGateway(answers);
  vi.stubGlobal("fetch", fetch);
  return calls;
}

const PAGE = 50;
const START = Date.parse("2026-01-01T00:00:00Z");
const signal = new AbortController().signal;

const log = new Map<string, EventResource[]>();
/** One event a second from `from` on, oldest first. */
function happened(category: string, from: number, count: number): void {
  const events = log.get(category) ?? [];
  for (let index = 0; index < count; index++) {
    const time = new Date(START + (from + index) * 1_000).toISOString();
    events.push({ id: `${category}${events.length}`, seq: from + index, stream: "FLEET", time } as EventResource);
  }
  log.set(category, events);
}

afterEach(() => {
  vi.unstubAllGlobals();
  log.clear();
});

function serve(): void {
  serving((_, { searchParams }) => {
    const newest = (log.get(searchParams.get("category") ?? "") ?? []).toReversed();
    const from = Number(searchParams.get("from") ?? newest.length);
    const items = newest.slice(newest.length - from, newest.length - from + PAGE);
    return { body: { items, next: from > PAGE ? String(from - PAGE) : null } };
  });
}

const times = (history: History) => history.events.map(({ time }) => time);

it("shows nothing before which another category may hold something unread", async () => {
  happened("session", 0, 3);
  happened("event", 100, 120);
  serve();
  const history = await History.load("a", ["session", "event"], signal);
  expect(history.complete).toBe(false);
  expect(history.events).toHaveLength(PAGE);
  expect(history.events.every(({ id }) => id.startsWith("event"))).toBe(true);
});

it("grows page by page to all there is, newest first, each once", async () => {
  happened("session", 0, 60);
  happened("event", 30, 120);
  serve();
  let history = await History.load("a", ["session", "event"], signal);
  for (let pages = 0; !history.complete && pages < 10; pages++) {
    const older = await history.older();
    expect(times(older).slice(0, history.events.length)).toEqual(times(history));
    history = older;
  }
  expect(history.complete).toBe(true);
  expect(history.events).toHaveLength(180);
  expect(times(history)).toEqual(times(history).toSorted().toReversed());
  expect(await history.older()).toBe(history);
});

it("takes in what has happened since, and says when that is too much to join on", async () => {
  happened("event", 0, 120);
  serve();
  const history = await History.load("a", ["event"], signal);
  happened("event", 120, 10);
  const newer = await history.newer();
  expect(newer?.events).toHaveLength(60);
  expect(new Set(newer?.events.map(({ id }) => id)).size).toBe(60);
  happened("event", 130, 51);
  expect(await newer?.newer()).toBeUndefined();
});
