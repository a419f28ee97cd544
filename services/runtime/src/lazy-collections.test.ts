import { describe, expect, it } from "vitest";
import { LazyMap, LazySet } from "./lazy-collections.ts";

describe("LazySet", () => {
  it("is a set, also after it was empty", () => {
    const set = new LazySet<string>();
    expect([set.size, set.has("a"), set.delete("a"), [...set]]).toEqual([0, false, false, []]);
    for (const item of ["a", "b", "a"]) set.add(item);
    expect([set.size, set.has("a"), [...set]]).toEqual([2, true, ["a", "b"]]);
    expect([set.delete("a"), set.delete("b"), set.size, [...set]]).toEqual([true, true, 0, []]);
    set.add("c");
    expect([...set]).toEqual(["c"]);
    set.clear();
    expect(set.has("c")).toBe(false);
  });
});

describe("LazyMap", () => {
  it("is a map, also after it was empty", () => {
    const map = new LazyMap<string, number>();
    expect([map.size, map.get("a"), map.has("a"), map.delete("a"), [...map]]).toEqual([0, undefined, false, false, []]);
    map.set("a", 1);
    map.set("b", 2);
    map.set("a", 3);
    expect([map.size, map.get("a"), map.has("b"), [...map.values()]]).toEqual([2, 3, true, [3, 2]]);
    expect([map.delete("a"), map.delete("b"), map.size, [...map]]).toEqual([true, true, 0, []]);
    map.set("c", 4);
    map.clear();
    expect([...map.values()]).toEqual([]);
  });

  it("can be iterated while its entries are deleted", () => {
    const map = new LazyMap<string, number>();
    for (const [index, key] of ["a", "b", "c"].entries()) map.set(key, index);
    const seen: string[] = [];
    for (const [key] of map) {
      seen.push(key);
      map.delete(key);
    }
    expect([seen, map.size]).toEqual([["a", "b", "c"], 0]);
  });
});
