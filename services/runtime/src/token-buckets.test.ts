import { expect, it } from "vitest";
import { TokenBuckets } from "./token-buckets.ts";

function buckets(keys = 3) {
  let now = 0;
  const pass = (ms: number) => {
    now += ms;
  };
  const all = new TokenBuckets({ burst: 2, refillMs: 1_000, keys }, () => now);
  return { all, pass };
}

it("each key has its own bucket", () => {
  const { all } = buckets();
  expect([all.tryTake("a"), all.tryTake("a"), all.tryTake("a"), all.tryTake("b")]).toEqual([0, 0, 1_000, 0]);
});

it("a refused take costs no tokens, and tokens taken on credit have to be paid back", () => {
  const { all, pass } = buckets();
  all.take("a", 4);
  expect([all.tryTake("a"), all.tryTake("a")]).toEqual([3_000, 3_000]);
  pass(3_000);
  expect(all.tryTake("a")).toBe(0);
});

it("tokens given back can be taken again", () => {
  const { all } = buckets();
  all.take("a", 2);
  all.give("a");
  expect(all.tryTake("a")).toBe(0);
  expect(all.tryTake("a")).toBeGreaterThan(0);
});

it("full buckets are dropped, and the least recently used buckets beyond the limit of keys", () => {
  const { all, pass } = buckets();
  for (const key of ["a", "b", "c", "d"]) all.take(key, 2);
  expect([all.size, all.untilAvailable("a"), all.untilAvailable("d")]).toEqual([3, 0, 1_000]);
  pass(2_000);
  all.take("e");
  expect(all.size).toBe(1);
});
