import { describe, expect, it } from "vitest";
import { Backoff, type BackoffOptions, pauseAfter } from "./backoff.ts";

const options = (jitter: BackoffOptions["jitter"]): BackoffOptions => ({ firstMs: 100, longestMs: 1_000, jitter });
const pauses = (jitter: BackoffOptions["jitter"], random: number) =>
  [1, 2, 3, 4, 5, 2_000].map((failures) => pauseAfter(failures, options(jitter), () => random));

describe("pauseAfter", () => {
  it("doubles with every failure up to the longest pause", () => {
    expect(pauses("none", 0)).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  it("returns any pause up to the ceiling with full jitter", () => {
    expect(pauses("full", 0)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(pauses("full", 1)).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  it("returns at least half of the ceiling with half jitter", () => {
    expect(pauses("half", 0)).toEqual([50, 100, 200, 400, 500, 500]);
    expect(pauses("half", 1)).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  it("returns whole milliseconds, and not the same pause for every call", () => {
    const many = new Set(Array.from({ length: 50 }, () => pauseAfter(5, options("full"))));
    expect([...many].every(Number.isInteger)).toBe(true);
    expect(many.size).toBeGreaterThan(1);
  });
});

describe("Backoff", () => {
  it("counts failures until a success", () => {
    const backoff = new Backoff(options("none"));
    expect([backoff.failed(), backoff.failed()]).toEqual([100, 200]);
    expect(backoff.failures).toBe(2);
    backoff.succeeded();
    expect(backoff.failures).toBe(0);
    expect(backoff.failed()).toBe(100);
  });
});
