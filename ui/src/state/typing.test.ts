import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Typing } from "./typing.ts";

const act = vi.fn<() => void>();

beforeEach(() => {
  vi.useFakeTimers();
  act.mockClear();
});
afterEach(() => {
  vi.useRealTimers();
});

it("acts at once at the first key after a pause, and after the last of several quick keys", () => {
  const typing = new Typing(act);
  typing.typed();
  expect(act).toHaveBeenCalledTimes(1);
  for (let letter = 0; letter < 5; letter++) {
    vi.advanceTimersByTime(30);
    typing.typed();
  }
  expect(act).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(40);
  expect(act).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(1_000);
  expect(act).toHaveBeenCalledTimes(2);
});

it("does not act after a stop", () => {
  const typing = new Typing(act);
  typing.typed();
  typing.typed();
  typing.stop();
  vi.advanceTimersByTime(1_000);
  expect(act).toHaveBeenCalledTimes(1);
});
