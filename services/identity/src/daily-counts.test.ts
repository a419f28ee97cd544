import { memoryBackbone } from "@fleetlog/log";
import { beforeEach, expect, it } from "vitest";
import { DailyCounts } from "./daily-counts.ts";

const NOON = Date.parse("2026-01-31T12:00:00Z");
let now: number;
let counts: DailyCounts;
let elsewhere: DailyCounts;
beforeEach(() => {
  now = NOON;
  const { buckets } = memoryBackbone();
  const open = () => buckets.open("counts", { maxBytes: 1_000_000 });
  counts = new DailyCounts(open, () => now);
  elsewhere = new DailyCounts(open, () => now);
});

it("a count goes up to a limit over all nodes, and reports the first refusal of a day", async () => {
  expect(await counts.add("a", 2)).toBe("counted");
  expect(await elsewhere.add("a", 2)).toBe("counted");
  expect(await counts.add("a", 2)).toBe("first-refused");
  expect(await elsewhere.add("a", 2)).toBe("refused");
  expect(await counts.add("b", 2)).toBe("counted");
});

it("concurrent calls are counted exactly", async () => {
  const all = await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 ? counts : elsewhere).add("a", 25)));
  expect(all.filter((one) => one === "counted")).toHaveLength(25);
  expect(all.filter((one) => one === "first-refused")).toHaveLength(1);
});

it("a count allows one more after one was taken back", async () => {
  await counts.takeBack("a");
  for (let i = 0; i < 2; i++) expect(await counts.add("a", 1)).toBe(i === 0 ? "counted" : "first-refused");
  await elsewhere.takeBack("a");
  expect([await counts.add("a", 1), await counts.add("a", 1)]).toEqual(["counted", "refused"]);
});

it("a count allows more after the limit is raised, and restarts at midnight (UTC)", async () => {
  await counts.add("a", 1);
  expect(await counts.add("a", 1)).toBe("first-refused");
  expect(await counts.add("a", 2)).toBe("counted");
  expect(await counts.add("a", 2)).toBe("refused");
  now = Date.parse("2026-01-31T23:59:59.999Z");
  expect(await counts.add("a", 2)).toBe("refused");
  now += 1;
  expect(await counts.add("a", 1)).toBe("counted");
  expect(await counts.add("a", 1)).toBe("first-refused");
});

it("a count does not restart repeatedly when the clocks of two nodes show different days", async () => {
  const { buckets } = memoryBackbone();
  const open = () => buckets.open("counts", { maxBytes: 1_000_000 });
  const [behind, ahead] = ["2026-01-31T23:59:59Z", "2026-02-01T00:00:01Z"].map(
    (time) => new DailyCounts(open, () => Date.parse(time)),
  ) as [DailyCounts, DailyCounts];
  expect(await behind.add("a", 1)).toBe("counted");
  expect(await ahead.add("a", 1)).toBe("counted");
  expect(await behind.add("a", 1)).toBe("first-refused");
  expect(await ahead.add("a", 1)).toBe("refused");
});
