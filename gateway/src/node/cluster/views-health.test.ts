import type { FeedViews, Heartbeat } from "@fleetlog/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import type { ReceivedHeartbeat } from "./heartbeats.ts";
import { ViewsHealth } from "./views-health.ts";

let now: number;
let received: ReceivedHeartbeat[];
let changes: FeedViews[];
let health: ViewsHealth;

beforeEach(() => {
  now = Date.parse("2026-01-01T00:00:00Z");
  received = [];
  changes = [];
  health = new ViewsHealth({ received: () => received }, () => now);
  health.onChange((views) => changes.push(views));
});

type Of = { readonly id?: string; readonly seq?: number; readonly lag?: number; readonly state?: "building" | "live" };

function beat(...projectors: readonly Of[]): void {
  received = projectors.map(({ id = "p1", seq = 1, lag = 0, state = "live" }) => ({
    heartbeat: { kind: "projector", id, seq, lag, state } satisfies Heartbeat,
    at: now,
  }));
  pass(2_000);
}

function pass(ms: number): void {
  for (let left = ms; left > 0; left -= 500) {
    health.check();
    now += 500;
  }
  health.check();
}

const states = () => changes.map(({ state }) => state);

describe("the views", () => {
  it("are current at the start, and away when no heartbeat of a projector came for 5 s", () => {
    pass(4_000);
    expect([health.current.state, changes]).toEqual(["current", []]);
    pass(1_500);
    expect(changes).toEqual([{ state: "away", since: "2026-01-01T00:00:00.000Z" }]);
  });

  it("are away since the last heartbeat when the projector hangs, and current after the next heartbeat", () => {
    beat({});
    beat({});
    expect(health.current.state).toBe("current");
    pass(3_500);
    expect(changes).toEqual([{ state: "away", since: "2026-01-01T00:00:02.000Z" }]);
    beat({});
    expect(states()).toEqual(["away", "current"]);
  });

  it("are behind when a projector with events to read makes no progress, and not while it makes progress", () => {
    for (let seq = 1; seq < 10; seq++) beat({ seq, lag: 20 });
    expect(changes).toEqual([]);
    for (let i = 0; i < 4; i++) beat({ seq: 9, lag: 5 });
    expect(states()).toEqual(["behind"]);
    beat({ seq: 14, lag: 0 });
    expect(states()).toEqual(["behind", "current"]);
  });

  it("are behind when a projector has been more than 1,000 events behind for 4 s", () => {
    beat({ seq: 1, lag: 50_000 });
    expect(changes).toEqual([]);
    beat({ seq: 2, lag: 40_000 });
    beat({ seq: 3, lag: 30_000 });
    expect(states()).toEqual(["behind"]);
  });

  it("are current as long as one projector is current", () => {
    for (let i = 0; i < 5; i++) beat({ id: "p1", seq: 5, lag: 5 }, { id: "p2", seq: 10 });
    expect(changes).toEqual([]);
  });

  it("are being built until a projector serves", () => {
    beat({ state: "building", lag: 9 });
    beat({ state: "building", lag: 9 }, { id: "p2" });
    expect(states()).toEqual(["building", "current"]);
  });
});
