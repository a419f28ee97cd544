import type { FeedLog, FeedViews, WatchRequest } from "@fleetlog/protocol";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Change, Feed } from "./feed.ts";
import type { SocketEvents } from "./socket.ts";

class Line {
  readonly watched = new Map<number, WatchRequest>();
  readonly unwatched: number[] = [];
  probes = 0;
  /** JSON-RPC error code that refuses watches; 0 accepts them. */
  refuses = 0;
  readonly #events: SocketEvents;

  constructor(events: SocketEvents) {
    this.#events = events;
    lines.push(this);
  }

  open(): void {
    this.#events.opened();
  }

  change(watch: number, keys: readonly string[] | null, seq = 1): void {
    this.#events.changed({ watch, keys, seq });
  }

  log(state: FeedLog["state"]): void {
    this.#events.log({ state, since: "2026-01-01T00:00:00Z" });
  }

  views(state: FeedViews["state"]): void {
    this.#events.views({ state, since: "2026-01-01T00:00:00Z" });
  }

  silent(silent: boolean): void {
    this.#events.silent(silent);
  }

  async watch(request: WatchRequest): Promise<number> {
    // The library rejects with the JSON-RPC error object unchanged.
    if (this.refuses !== 0) return Promise.reject({ code: this.refuses, message: "no" });
    const number = ++numbers;
    this.watched.set(number, request);
    return number;
  }

  async unwatch(watch: number): Promise<void> {
    this.watched.delete(watch);
    this.unwatched.push(watch);
  }

  probe(): void {
    this.probes++;
  }

  end(): void {
    this.#events.ended();
  }
}

let lines: Line[] = [];
let numbers = 0;
let feed: Feed;
const summary: WatchRequest = { topic: "summary" };
const settled = () => vi.advanceTimersByTimeAsync(0);
const line = () => lines.at(-1) as Line;

beforeEach(() => {
  vi.useFakeTimers();
  lines = [];
  feed = new Feed((events) => new Line(events));
});
afterEach(() => {
  vi.useRealTimers();
});

it("the feed makes a watcher read everything at first, and then reports changes", async () => {
  const changes: Change[] = [];
  feed.watch({ topic: "devices", keys: ["a"] }, (change) => changes.push(change));
  feed.start();
  line().open();
  await settled();
  expect(changes).toEqual([{ keys: null, seq: 0 }]);
  const [number = 0] = line().watched.keys();
  line().change(number, ["a"], 7);
  line().change(number + 1, ["b"], 8);
  expect(changes.slice(1)).toEqual([{ keys: ["a"], seq: 7 }]);
});

it("the feed reconnects after a loss and 20 failed attempts, and makes watchers read everything again", async () => {
  const changes = vi.fn<(change: Change) => void>();
  feed.watch(summary, changes);
  feed.start();
  line().open();
  await settled();
  line().end();
  expect(feed.status.state).toBe("waiting");
  for (let attempt = 0; attempt < 20; attempt++) {
    await vi.advanceTimersByTimeAsync(15_000);
    expect(feed.status.state).toBe("connecting");
    line().end();
  }
  await vi.advanceTimersByTimeAsync(15_000);
  expect(changes).toHaveBeenCalledTimes(1);
  line().open();
  await settled();
  expect(changes).toHaveBeenCalledTimes(2);
  expect([...line().watched.values()]).toEqual([summary]);
});

it("the feed reconnects at once on a nudge, and probes a connection that is open", async () => {
  feed.start();
  line().end();
  feed.nudge();
  expect(lines).toHaveLength(2);
  line().open();
  feed.nudge();
  expect(line().probes).toBe(1);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lines).toHaveLength(2);
});

it("the feed replaces a watch on request, and removes it from the gateway when the watch ends", async () => {
  const changes: Change[] = [];
  const watch = feed.watch({ topic: "device", id: "a" }, (change) => changes.push(change));
  feed.start();
  line().open();
  await settled();
  const [first = 0] = line().watched.keys();
  watch.change({ topic: "device", id: "b" });
  await settled();
  expect([...line().watched.values()]).toEqual([{ topic: "device", id: "b" }]);
  line().change(first, null);
  expect(changes).toHaveLength(2);
  watch.end();
  expect([...line().watched.values()]).toEqual([]);
});

it("the feed ends a watch whose watcher left before the gateway had accepted the watch", async () => {
  const changes = vi.fn<(change: Change) => void>();
  feed.start();
  line().open();
  feed.watch(summary, changes).end();
  await settled();
  expect(line().unwatched).toHaveLength(1);
  expect(changes).not.toHaveBeenCalled();
});

it("the feed reconnects when a watch is refused, so that the page does not keep outdated data", async () => {
  feed.watch(summary, () => {});
  feed.start();
  line().refuses = -32_000;
  line().open();
  await settled();
  expect(feed.status.state).toBe("waiting");
});

it("the feed stays connected for the other watchers when a device id is invalid", async () => {
  feed.watch(summary, () => {});
  feed.start();
  line().refuses = -32_602;
  line().open();
  await settled();
  expect(feed.status.state).toBe("open");
  line().refuses = 0;
  const changes = vi.fn();
  feed.watch(summary, changes);
  await settled();
  expect(changes).toHaveBeenCalled();
});

it("the feed does not reconnect after a stop", async () => {
  feed.start();
  line().open();
  feed.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lines).toHaveLength(1);
  expect(feed.status.state).toBe("stopped");
});

it("the feed makes watchers read everything once the log is back, and reports the log's state", async () => {
  const changes = vi.fn<(change: Change) => void>();
  const states: string[] = [];
  feed.addEventListener("log", () => states.push(feed.log.state));
  feed.watch(summary, changes);
  feed.start();
  line().open();
  line().log("ready");
  await settled();
  expect(changes).toHaveBeenCalledOnce();
  line().log("hung");
  line().log("away");
  expect(changes).toHaveBeenCalledOnce();
  line().log("ready");
  expect(changes.mock.calls).toEqual([[{ keys: null, seq: 0 }], [{ keys: null, seq: 0 }]]);
  expect(states).toEqual(["ready", "hung", "away", "ready"]);
});

it("the feed makes watchers read everything once the views follow the log again", async () => {
  const changes: Change[] = [];
  feed.watch(summary, (change) => changes.push(change));
  feed.start();
  line().open();
  await settled();
  changes.length = 0;
  line().views("current");
  line().views("away");
  expect([feed.views.state, changes]).toEqual(["away", []]);
  line().views("behind");
  line().views("current");
  expect(changes).toEqual([{ keys: null, seq: 0 }]);
});

it("the feed has the state `silent` while the gateway does not answer, and keeps the connection", async () => {
  feed.start();
  line().open();
  await settled();
  line().silent(true);
  expect(feed.status.state).toBe("silent");
  feed.watch(summary, () => {});
  await settled();
  expect([...line().watched.values()]).toEqual([summary]);
  line().silent(false);
  expect([feed.status.state, lines.length]).toEqual(["open", 1]);
});
