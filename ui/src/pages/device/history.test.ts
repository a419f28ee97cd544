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

/** Answers like the gateway: `from` is the first sequence of the page, in either direction. */
function serve(): string[] {
  return serving((_, { searchParams }) => {
    const limit = Number(searchParams.get("limit"));
    const asc = searchParams.get("order") === "asc";
    const all = log.get(searchParams.get("category") ?? "") ?? [];
    const from = Number(searchParams.get("from") ?? (asc ? 0 : Number.POSITIVE_INFINITY));
    const wanted = asc ? all.filter(({ seq }) => seq >= from) : all.toReversed().filter(({ seq }) => seq <= from);
    return { body: { items: wanted.slice(0, limit), next: wanted[limit] ? String(wanted[limit].seq) : null } };
  });
}

const times = (history: History) => history.events.map(({ time }) => time);

it("the history hides an event while an unread event of another category may be newer", async () => {
  happened("session", 0, 3);
  happened("event", 100, 120);
  serve();
  const history = await History.load("a", ["session", "event"], signal);
  expect(history.complete).toBe(false);
  expect(history.events).toHaveLength(PAGE);
  expect(history.events.every(({ id }) => id.startsWith("event"))).toBe(true);
});

it("the history grows page by page to all events, newest first and each once", async () => {
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

it("the history keeps the order of the log even if clocks differ, and merges telemetry by time", async () => {
  const at = (second: number) => new Date(START + second * 1_000).toISOString();
  const event = (id: string, seq: number, second: number, stream = "FLEET") =>
    ({ id, seq, stream, time: at(second) }) as EventResource;
  // The clock of the first gateway is an hour ahead.
  log.set("session", [event("opened", 1, 3_600), event("lost", 3, 5), event("opened again", 4, 6)]);
  log.set("event", [event("tick", 2, 3_604)]);
  log.set("telemetry", [event("measured", 900, 5.5, "TELEMETRY"), event("measured later", 901, 7, "TELEMETRY")]);
  serve();
  const history = await History.load("a", ["session", "event", "telemetry"], signal);
  expect(history.events.map(({ id }) => id)).toEqual([
    "measured later",
    "opened again",
    "measured",
    "lost",
    "tick",
    "opened",
  ]);
});

it("the history requests sessions with the gateway events that ended them", async () => {
  happened("session", 0, 60);
  happened("event", 0, 1);
  const calls = serve();
  const history = await History.load("a", ["session", "event"], signal);
  await (await history.older()).newer();
  expect(calls.filter((call) => call.includes("category=session"))).toHaveLength(3);
  for (const call of calls) expect(call.includes("with=gateways")).toBe(call.includes("category=session"));
});

it("the history reads only newer events, and returns undefined if they do not fit into one page", async () => {
  happened("event", 0, 120);
  const calls = serve();
  const history = await History.load("a", ["event"], signal);
  happened("event", 120, 10);
  const newer = await history.newer();
  expect(calls.at(-1)).toBe("GET /api/devices/a/events?category=event&order=asc&limit=100&from=120");
  expect(newer?.events).toHaveLength(60);
  expect(new Set(newer?.events.map(({ id }) => id)).size).toBe(60);
  happened("event", 130, 101);
  expect(await newer?.newer()).toBeUndefined();
});

it("the history reads only the categories with changes", async () => {
  happened("event", 0, 1);
  happened("session", 0, 1);
  const calls = serve();
  const history = await History.load("a", ["event", "session"], signal);
  calls.length = 0;
  happened("event", 1, 1);
  const newer = await history.newer((category) => category === "event");
  expect(calls).toHaveLength(1);
  expect(newer?.events).toHaveLength(3);
});

it("the history drops the oldest events beyond a limit, and can read them again", async () => {
  happened("event", 0, 60);
  serve();
  let history = await History.load("a", ["event"], signal);
  for (let round = 0; round < 10; round++) {
    happened("event", 60 + round * 50, 50);
    history = (await history.newer()) ?? history;
  }
  expect(history.events).toHaveLength(200);
  expect(history.complete).toBe(false);
  for (let pages = 0; !history.complete && pages < 20; pages++) history = await history.older();
  expect(history.events.map(({ seq }) => seq)).toEqual(Array.from({ length: 560 }, (_, index) => 559 - index));
  // New events do not push out events that `older` has loaded.
  happened("event", 560, 1);
  expect((await history.newer())?.events).toHaveLength(560);
});
