import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { afterUnpausedTime } from "./unpaused-time.ts";

let pausedMs = 0;
let ends = 0;
let othersWaitMs: number | undefined;
beforeEach(() => {
  pausedMs = 5_000;
  ends = 0;
  othersWaitMs = undefined;
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const begin = () =>
  afterUnpausedTime(1_000, () => ends++, { pausedMs: () => pausedMs, othersWaitMs: () => othersWaitMs });

it("without pauses, the wait takes its milliseconds", () => {
  begin();
  vi.advanceTimersByTime(999);
  expect(ends).toBe(0);
  vi.advanceTimersByTime(1_000);
  expect(ends).toBe(1);
});

it("the clock stands during pauses", () => {
  begin();
  vi.advanceTimersByTime(900);
  pausedMs += 800;
  vi.advanceTimersByTime(899);
  expect(ends).toBe(0);
  vi.advanceTimersByTime(1);
  expect(ends).toBe(1);
});

it("the wait ends after five times its milliseconds, whatever the pauses", () => {
  begin();
  for (let i = 0; i < 49; i++) {
    vi.advanceTimersByTime(100);
    pausedMs += 100;
  }
  expect(ends).toBe(0);
  vi.advanceTimersByTime(100);
  expect(ends).toBe(1);
});

it("a wait with pauses gives way to another that has waited for half its milliseconds, but not before its own by the clock", () => {
  const pauseFor = (ms: number) => {
    pausedMs += ms;
    vi.advanceTimersByTime(ms);
  };
  begin();
  othersWaitMs = 900;
  pauseFor(999);
  expect(ends).toBe(0);
  pauseFor(1);
  expect(ends).toBe(1);

  begin();
  othersWaitMs = undefined;
  pauseFor(2_000);
  othersWaitMs = 499;
  pauseFor(200);
  expect(ends).toBe(1);
  othersWaitMs = 500;
  pauseFor(200);
  expect(ends).toBe(2);
});

it("a wait that was ended calls nothing", () => {
  begin()();
  vi.advanceTimersByTime(10_000);
  expect(ends).toBe(0);
});
