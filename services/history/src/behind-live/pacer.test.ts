import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Pacer, type Pausable } from "./pacer.ts";
import { SLICE_MS, type Use } from "./pause-rule.ts";

const PERIOD_MS = 100;
const BUSY: Use = { ranMs: 10, waitedMs: 10 };
const QUIET: Use = { ranMs: 20, waitedMs: 0 };

let use = BUSY;
let looks = 0;
beforeEach(() => {
  use = BUSY;
  looks = 0;
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function pacerOf(): Pacer {
  const take = () => {
    looks++;
    return use;
  };
  return new Pacer({ useOf: () => ({ take, close() {} }), processors: 2 });
}

function fakeProcess() {
  const one = { pid: 1, isPaused: false, pausedMs: 0, from: 0 };
  const pausable: Pausable = {
    pid: one.pid,
    pause() {
      one.isPaused = true;
      one.from = performance.now();
    },
    resume() {
      if (one.isPaused) one.pausedMs += performance.now() - one.from;
      one.isPaused = false;
    },
  };
  return { one, pausable };
}

it("a busy machine pauses all processes for most of each period, and counts the time of the pauses once", () => {
  const pacer = pacerOf();
  const [first, second] = [fakeProcess(), fakeProcess()];
  pacer.add(first.pausable);
  pacer.add(second.pausable);
  vi.advanceTimersByTime(10 * PERIOD_MS);
  expect([first.one.pausedMs, second.one.pausedMs]).toEqual([800, 800]);
  expect(pacer.pausedMs).toBe(800);
  vi.advanceTimersByTime(SLICE_MS + 30);
  expect(first.one.isPaused).toBe(true);
  expect(pacer.pausedMs).toBe(830);
});

it("no process pauses on a machine with idle processors, and each is looked at ten times a second", () => {
  use = QUIET;
  const pacer = pacerOf();
  const { one, pausable } = fakeProcess();
  pacer.add(pausable);
  vi.advanceTimersByTime(3 * SLICE_MS);
  looks = 0;
  vi.advanceTimersByTime(10 * PERIOD_MS);
  expect(one).toMatchObject({ isPaused: false, pausedMs: 0 });
  expect(looks).toBe(10);
  expect(pacer.pausedMs).toBe(0);
});

it("a process that is taken out runs, one that is added in a pause pauses, and without processes nothing happens", () => {
  const pacer = pacerOf();
  const [first, second] = [fakeProcess(), fakeProcess()];
  const removeFirst = pacer.add(first.pausable);
  vi.advanceTimersByTime(SLICE_MS + 10);
  const removeSecond = pacer.add(second.pausable);
  expect([first.one.isPaused, second.one.isPaused]).toEqual([true, true]);
  removeFirst();
  expect([first.one.isPaused, second.one.isPaused]).toEqual([false, true]);
  removeSecond();
  expect(second.one.isPaused).toBe(false);
  removeSecond();
  looks = 0;
  vi.advanceTimersByTime(PERIOD_MS);
  expect([looks, vi.getTimerCount(), pacer.pausedMs]).toEqual([0, 0, 10]);
  pacer.add(first.pausable);
  vi.advanceTimersByTime(SLICE_MS);
  expect(first.one.isPaused).toBe(true);
});
