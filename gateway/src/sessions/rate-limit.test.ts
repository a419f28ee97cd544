import { expect, it } from "vitest";
import { RateLimit } from "./rate-limit.ts";

it("lets a burst through, then delays by the rate, and recovers with time", () => {
  let now = 0;
  const limit = new RateLimit(10, 20, () => now);
  expect(limit.take(20)).toBe(0);
  expect(limit.take(1)).toBe(100);
  expect(limit.take(1)).toBe(200);
  now = 200;
  expect(limit.take(1)).toBe(100);
  now = 60_000;
  expect(limit.take(20)).toBe(0);
});

it("is not moved by a clock that goes backwards", () => {
  let now = 1_000;
  const limit = new RateLimit(10, 1, () => now);
  limit.take(1);
  now = 0;
  expect(limit.take(1)).toBe(100);
});
