import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { afterUnpausedTime } from "./unpaused-time.ts";

let pausedMs = 0;
let ends = 0;
beforeEach(() => {
  pausedMs = 5_000;
  ends = 0;
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const begin = () =>
  afterUnpausedTime(
    1_000,
    () => ends++,
    () => pausedMs,
  );

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

it("a wait that was ended calls nothing", () => {
  begin()();
  vi.advanceTimersByTime(10_000);
  expect(ends).toBe(0);
});
