import { beforeEach, describe, expect, it } from "vitest";
import { TokenBucket } from "./token-bucket.ts";

let now: number;
beforeEach(() => {
  now = 0;
});
const bucket = (burst: number, refillMs = 100) => new TokenBucket({ burst, refillMs }, () => now);

describe("TokenBucket", () => {
  it("lets a burst through, then delays by the rate, and recovers with time", () => {
    const limit = bucket(20);
    expect(limit.take(20)).toBe(0);
    expect(limit.take(1)).toBe(100);
    expect(limit.take(1)).toBe(200);
    now = 200;
    expect(limit.take(1)).toBe(100);
    now = 60_000;
    expect(limit.take(20)).toBe(0);
  });

  it("reports the available tokens, and when a number of tokens will be available", () => {
    const limit = bucket(5);
    expect(limit.available).toBe(5);
    limit.take(5);
    expect(limit.available).toBe(0);
    expect(limit.untilAvailable(1)).toBe(100);
    now = 150;
    expect(limit.available).toBe(1);
    expect(limit.untilAvailable(2)).toBe(50);
    now = 10_000;
    expect(limit.available).toBe(5);
    expect(limit.untilAvailable(1_000)).toBe(0);
  });

  it("reports 0 available tokens, not a negative number, after tokens were taken on credit", () => {
    const limit = bucket(2);
    limit.take(5);
    expect(limit.available).toBe(0);
    expect(limit.untilAvailable(1)).toBe(400);
  });

  it("accepts returned tokens, up to its burst", () => {
    const limit = bucket(2);
    limit.take(2);
    limit.give(1);
    expect(limit.available).toBe(1);
    limit.give(7);
    expect(limit.available).toBe(2);
  });

  it("is neither filled nor emptied when the clock is set back", () => {
    now = 1_000;
    const limit = bucket(1);
    limit.take(1);
    now = 0;
    expect(limit.take(1)).toBe(100);
    now = 100;
    expect(limit.available).toBe(0);
    now = 200;
    expect(limit.available).toBe(1);
  });
});
