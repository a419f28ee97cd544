import { expect, it } from "vitest";
import { ago, duration, inLocalZone, lasting } from "./times.ts";

it("writes durations in at most two units", () => {
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

it("shows the recent past as the past, even if clocks differ", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  expect([now + 2_000, now, now - 3_000].map((at) => ago(at, now))).toEqual(["just now", "just now", "just now"]);
});

it("writes times before and after now in the largest suitable unit, independent of the calendar", () => {
  const now = Date.parse("2026-06-01T02:00:00Z");
  const hour = 3_600_000;
  const distances = [12_000, 65_000, 2 * hour, 31 * hour, 37 * 24 * hour, 70 * 24 * hour, 800 * 24 * hour];
  expect(distances.map((ms) => ago(now - ms, now))).toEqual([
    "12 s ago",
    "1 min ago",
    "2 h ago",
    "1 d ago",
    "37 d ago",
    "2 mo ago",
    "2 y ago",
  ]);
  expect(ago(now + hour, now)).toBe("in 1 h");
  expect([now, now - hour].map((since) => lasting(since, now))).toEqual(["a moment", "1 h"]);
});

it("writes a full time with its zone, in one line without a tooltip", () => {
  const [at, zone] = [new Date("2026-01-31T12:00:00Z"), { timeZoneName: "short" } as const];
  const parts = new Intl.DateTimeFormat(undefined, zone).formatToParts(at);
  const name = parts.find(({ type }) => type === "timeZoneName")?.value;
  expect(name).toBeDefined();
  expect(inLocalZone(at)).toContain(name);
});
