import { expect, it } from "vitest";
import { ago, duration } from "./times.ts";

it("writes lengths of time in at most two units", () => {
  const lengths = [0, 140, 3_200, 42_000, 60_000, 65_000, 3_600_000, 3_900_000, 86_400_000, 90_000_000];
  expect(lengths.map(duration)).toEqual([
    "0 ms",
    "140 ms",
    "3.2 s",
    "42 s",
    "1 min",
    "1 min 5 s",
    "1 h",
    "1 h 5 min",
    "1 d",
    "1 d 1 h",
  ]);
});

it("never has a moment ago seem to come, though clocks differ", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  expect([now + 2_000, now, now - 3_000].map((at) => ago(at, now))).toEqual(["just now", "just now", "just now"]);
  expect(ago(now - 65_000, now)).toContain("1");
  expect(ago(now - 65_000, now)).not.toBe(ago(now - 125_000, now));
});
