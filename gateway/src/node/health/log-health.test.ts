import { type MemoryBackbone, memoryBackbone } from "@fleetlog/log";
import type { FeedLog } from "@fleetlog/protocol";
import { beforeEach, expect, it } from "vitest";
import { LogHealth } from "./log-health.ts";

let now = 0;
let backbone: MemoryBackbone;
let answers: boolean;
let changed: () => void;
let health: LogHealth;
let notified: FeedLog[];
beforeEach(() => {
  now = 0;
  answers = true;
  changed = () => {};
  backbone = memoryBackbone();
  const onChange = (listener: () => void) => {
    changed = listener;
    return () => {
      changed = () => {};
    };
  };
  const ping = {
    get answers() {
      return answers;
    },
    onChange,
  };
  health = new LogHealth(backbone.log, ping, () => now);
  notified = [];
  health.onChange((log) => notified.push(log));
});

const at = (ms: number) => new Date(ms).toISOString();
function pinged(answered: boolean): void {
  answers = answered;
  changed();
}

it("LogHealth counts one outage when the log hangs first and loses its connections later", () => {
  expect(health.current).toEqual({ state: "ready", since: at(0) });
  now = 1_000;
  pinged(false);
  now = 2_000;
  backbone.away();
  now = 3_000;
  backbone.back();
  pinged(false);
  now = 4_000;
  pinged(true);
  expect(notified).toEqual([
    { state: "hung", since: at(1_000) },
    { state: "away", since: at(1_000) },
    { state: "hung", since: at(1_000) },
    { state: "ready", since: at(4_000) },
  ]);
});

it("LogHealth lets an outage begin when a full log becomes unreachable, not when it became full; after `stop` it notifies nobody", () => {
  now = 1_000;
  backbone.full();
  now = 2_000;
  backbone.away();
  expect(notified).toEqual([
    { state: "full", since: at(1_000) },
    { state: "away", since: at(2_000) },
  ]);
  health.stop();
  backbone.back();
  pinged(false);
  expect(notified).toHaveLength(2);
  expect(health.state).toBe("away");
});
