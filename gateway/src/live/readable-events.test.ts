import type { RecordedEvent } from "@fleetlog/domain";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ReadableEvents } from "./readable-events.ts";

let stored: Record<string, string>;
let reads: number;
let away: boolean;
let readable: string[][];
let events: ReadableEvents;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  stored = {};
  reads = 0;
  away = false;
  readable = [];
  const last = async (category: string) => {
    reads++;
    if (away) throw new Error("away");
    const id = stored[category];
    return id === undefined ? undefined : ({ id } as RecordedEvent);
  };
  events = new ReadableEvents({ last }, "d1", (categories) => void readable.push([...categories]));
});
afterEach(() => {
  events.stop();
  vi.useRealTimers();
});

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

describe("published events of an entity", () => {
  it("are passed on together and once, when the log has them", async () => {
    events.published("telemetry", "t1");
    events.published("event", "e1");
    stored = { telemetry: "t1", event: "e1" };
    await pass(60_000);
    expect(readable).toEqual([["telemetry", "event"]]);
    expect(reads).toBe(2);
  });

  it("are passed on when they are stored, even 6 s later", async () => {
    stored = { telemetry: "t1" };
    events.published("telemetry", "t1");
    await pass(100);
    events.published("telemetry", "t2");
    await pass(6_000);
    expect(readable).toEqual([["telemetry"]]);
    stored = { telemetry: "t2" };
    await pass(1_000);
    expect(readable).toEqual([["telemetry"], ["telemetry"]]);
  });

  it("are passed on while newer events are not stored yet", async () => {
    for (let n = 1; n <= 40; n++) {
      stored = { telemetry: `t${n - 1}` };
      events.published("telemetry", `t${n}`);
      await pass(50);
    }
    expect(readable.length).toBeGreaterThan(20);
    expect(readable.length).toBeLessThanOrEqual(40);
  });

  it("are passed on after the log could not be read", async () => {
    away = true;
    events.published("event", "e1");
    await pass(500);
    away = false;
    stored = { event: "e1" };
    await pass(1_000);
    expect(readable).toEqual([["event"]]);
  });

  it("are given up when they are never stored, as with a repeated report", async () => {
    stored = { event: "e2" };
    events.published("event", "e1");
    await pass(60_000);
    expect(readable).toEqual([["event"]]);
    expect(reads).toBeLessThan(25);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("are passed on within 50 ms while an earlier event has been missing for 5 s", async () => {
    events.published("telemetry", "t1");
    await pass(5_000);
    events.published("telemetry", "t2");
    stored = { telemetry: "t2" };
    await pass(50);
    expect(readable).toEqual([["telemetry"]]);
  });

  it("are not looked for after `stop`", async () => {
    events.published("event", "e1");
    events.stop();
    events.published("event", "e2");
    await pass(1_000);
    expect(reads).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
