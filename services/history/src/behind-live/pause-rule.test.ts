import { expect, it } from "vitest";
import { PauseRule, SLICE_MS } from "./pause-rule.ts";

const TWO = 2;
const PAUSE = { isPause: true, ms: 80 };
const NEXT_SLICE = { isPause: false, ms: SLICE_MS };
const SAMPLE = { isPause: false, ms: 100 };

it("processes pause for four fifths of the time while others have the processors that they wait for", () => {
  const rule = new PauseRule(TWO);
  for (let i = 0; i < 5; i++) expect(rule.next({ ranMs: 10, waitedMs: 10 }, SLICE_MS)).toEqual(PAUSE);
});

it("processes that get hardly any time pause less, or not at all", () => {
  const rule = new PauseRule(TWO);
  expect(rule.next({ ranMs: 6, waitedMs: 14 }, SLICE_MS)).toEqual({ isPause: true, ms: 40 });
  expect(rule.next({ ranMs: 2, waitedMs: 18 }, SLICE_MS)).toEqual(NEXT_SLICE);
  expect(rule.next({ ranMs: 0, waitedMs: 300 }, SLICE_MS)).toEqual(NEXT_SLICE);
});

it("processes that need not wait run freely, and are only sampled after three slices", () => {
  const rule = new PauseRule(TWO);
  const steps = [1, 2, 3, 4].map(() => rule.next({ ranMs: 20, waitedMs: 1 }, SLICE_MS));
  expect(steps).toEqual([NEXT_SLICE, NEXT_SLICE, SAMPLE, SAMPLE]);
});

it("processes that run freely pause as soon as others want the processors, and need three quiet slices again", () => {
  const rule = new PauseRule(TWO);
  for (let i = 0; i < 3; i++) rule.next({ ranMs: 20, waitedMs: 0 }, SLICE_MS);
  expect(rule.next({ ranMs: 60, waitedMs: 40 }, 100)).toEqual(PAUSE);
  expect(rule.next({ ranMs: 20, waitedMs: 0 }, SLICE_MS)).toEqual(NEXT_SLICE);
});

it("a share of a fifth is not busy yet", () => {
  expect(new PauseRule(TWO).next({ ranMs: 16, waitedMs: 4 }, SLICE_MS).isPause).toBe(false);
  expect(new PauseRule(TWO).next({ ranMs: 15, waitedMs: 5 }, SLICE_MS).isPause).toBe(true);
});

it("processes that wait only for each other do not pause", () => {
  expect(new PauseRule(1).next({ ranMs: 20, waitedMs: 20 }, SLICE_MS)).toEqual(NEXT_SLICE);
  expect(new PauseRule(TWO).next({ ranMs: 40, waitedMs: 60 }, SLICE_MS)).toEqual(NEXT_SLICE);
  expect(new PauseRule(TWO).next({ ranMs: 20, waitedMs: 60 }, SLICE_MS)).toEqual(PAUSE);
});

it("processes that sleep, or have had no processor yet, are looked at again after a slice", () => {
  const rule = new PauseRule(TWO);
  for (let i = 0; i < 5; i++) expect(rule.next({ ranMs: 0.2, waitedMs: 0.5 }, SLICE_MS)).toEqual(NEXT_SLICE);
});
