import { describe, expect, it } from "vitest";
import { GenerationCache } from "./cache.ts";

describe("GenerationCache", () => {
  it("keeps used values, and drops unused values", () => {
    const cache = new GenerationCache<number>(20);
    cache.put("kept", 1, 1);
    cache.put("left", 2, 1);
    for (let i = 0; i < 100; i++) {
      cache.put(`other-${i}`, i, 1);
      expect(cache.get("kept")).toBe(1);
    }
    expect(cache.get("left")).toBeUndefined();
  });

  it("stays within its limit when a value is replaced often", () => {
    const cache = new GenerationCache<number>(20);
    for (let i = 0; i < 100; i++) cache.put("same", i, 5);
    cache.put("other", 1, 5);
    expect([cache.get("same"), cache.get("other")]).toEqual([99, 1]);
    for (let i = 0; i < 100; i++) cache.put(`${i}`, i, 1);
    const held = Array.from({ length: 100 }, (_, i) => cache.get(`${i}`)).filter((value) => value !== undefined);
    expect(held.length).toBeLessThanOrEqual(20);
  });
});
