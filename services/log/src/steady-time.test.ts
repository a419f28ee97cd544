import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { steadyTime } from "./steady-time.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function passed(act: () => void): number {
  const before = steadyTime();
  act();
  return Math.round(steadyTime() - before);
}

it("the steady time passes as the clocks do", () => {
  expect(passed(() => vi.advanceTimersByTime(250))).toBe(250);
  expect(passed(() => vi.advanceTimersByTime(90_000))).toBe(90_000);
});

it("the steady time does not go back with the system's clock, and goes on from there", () => {
  const anHourAgo = () => vi.setSystemTime(Date.now() - 3_600_000);
  expect(passed(anHourAgo)).toBe(0);
  expect(passed(() => vi.advanceTimersByTime(5_000))).toBe(5_000);
});

it("the steady time goes forward with the system's clock, as after the machine was suspended", () => {
  expect(passed(() => vi.setSystemTime(Date.now() + 600_000))).toBe(600_000);
  expect(passed(() => vi.advanceTimersByTime(5_000))).toBe(5_000);
});
