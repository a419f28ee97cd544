import { expect, it } from "vitest";
import { retryDelay } from "./backoff.ts";

it("spreads attempts over all of a bound that doubles up to 15 s", () => {
  const longest = [0, 1, 2, 3, 4, 5, 20].map((attempt) => retryDelay(attempt, () => 1));
  expect(longest).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  expect(retryDelay(7, () => 0)).toBe(0);
});
