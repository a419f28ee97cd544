import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { InUse } from "./in-use.ts";

let freed: number;
let use: InUse;
beforeEach(() => {
  vi.useFakeTimers();
  freed = 0;
  const host = { addController() {}, removeController() {}, requestUpdate() {}, updateComplete: Promise.resolve(true) };
  use = new InUse(host, () => freed++);
});
afterEach(() => vi.useRealTimers());

const by = (pointerType: string) => ({ pointerType }) as PointerEvent;

it("an element is in use while the pointer is over it, and 1.5 s longer", () => {
  expect(use.value).toBe(false);
  use.enter(by("mouse"));
  vi.advanceTimersByTime(60_000);
  expect(use.value).toBe(true);
  use.leave(by("mouse"));
  vi.advanceTimersByTime(1_000);
  expect([use.value, freed]).toEqual([true, 0]);
  vi.advanceTimersByTime(1_000);
  expect([use.value, freed]).toEqual([false, 1]);
});

it("an element stays in use if the pointer comes back within 1.5 s", () => {
  use.enter(by("mouse"));
  use.leave(by("mouse"));
  use.enter(by("mouse"));
  vi.advanceTimersByTime(60_000);
  expect([use.value, freed]).toEqual([true, 0]);
});

it("an element is in use for 10 s after each key and each touch", () => {
  use.acted();
  vi.advanceTimersByTime(6_000);
  use.enter(by("touch"));
  use.leave(by("touch"));
  vi.advanceTimersByTime(6_000);
  expect([use.value, freed]).toEqual([true, 0]);
  vi.advanceTimersByTime(6_000);
  expect([use.value, freed]).toEqual([false, 1]);
});

it("an element is not in use after its host was removed", () => {
  use.enter(by("mouse"));
  use.acted();
  use.hostDisconnected();
  expect(use.value).toBe(false);
  vi.advanceTimersByTime(60_000);
  expect(freed).toBe(0);
});
