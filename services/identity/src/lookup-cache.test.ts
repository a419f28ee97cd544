import { describe, expect, it } from "vitest";
import { lookupCache } from "./lookup-cache.ts";

function makeCache(maxEntries = 2) {
  const lookups: string[] = [];
  const clock = { now: 0 };
  const cache = lookupCache<string>({ ttlMs: 10, maxEntries, now: () => clock.now });
  const get = (key: string, value: string | undefined = key) =>
    cache.get(key, async () => {
      lookups.push(key);
      return value;
    });
  return { cache, get, lookups, clock };
}

describe("lookupCache", () => {
  it("looks up once for concurrent calls, and again after the time to live", async () => {
    const { get, lookups, clock } = makeCache();
    expect(await Promise.all([get("a"), get("a"), get("a")])).toEqual(["a", "a", "a"]);
    expect(lookups).toEqual(["a"]);
    clock.now = 10;
    await get("a");
    expect(lookups).toEqual(["a", "a"]);
  });

  it("drops the oldest entry when there are more than two", async () => {
    const { get, lookups } = makeCache(2);
    for (const key of ["a", "b", "c", "c", "b", "a"]) await get(key);
    expect(lookups).toEqual(["a", "b", "c", "a"]);
  });

  it("caches neither errors nor undefined", async () => {
    const { cache, get, lookups } = makeCache();
    await cache.get("a", async () => undefined);
    await expect(cache.get("a", () => Promise.reject(new Error("away")))).rejects.toThrow("away");
    expect(await get("a")).toBe("a");
    expect(lookups).toEqual(["a"]);
  });
});
