import { describe, expect, it } from "vitest";
import type { JsonObject } from "./json.ts";
import { differencesOf, mergePatch, patchBetween } from "./merge.ts";

describe("a merge patch", () => {
  // The examples of RFC 7396, appendix A.
  it.each<[unknown, unknown, unknown]>([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [
      ["a", "b"],
      ["c", "d"],
      ["c", "d"],
    ],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ a: "foo" }, "bar", "bar"],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])("%j with %j is %j", (target, patch, result) => {
    expect(mergePatch(target, patch)).toEqual(result);
  });

  it("keeps the key `__proto__`", () => {
    const patch = JSON.parse('{"__proto__":{"x":1}}') as JsonObject;
    const merged = mergePatch({}, patch) as JsonObject;
    expect(Object.keys(merged)).toEqual(["__proto__"]);
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it.each<[JsonObject, JsonObject]>([
    [{}, {}],
    [{ a: 1 }, {}],
    [{}, { a: { b: [1] } }],
    [
      { a: { b: 1, c: 2 }, d: 3 },
      { a: { b: 1, e: 4 }, d: { f: 5 } },
    ],
    [{ a: { b: 1 } }, { a: 1 }],
  ])("between %j and %j turns the first into the second", (from, to) => {
    const patch = patchBetween(from, to);
    expect(mergePatch(from, patch ?? {})).toEqual(to);
    expect(patchBetween(to, to)).toBeUndefined();
  });
});

describe("differences", () => {
  it("are named by JSON pointers", () => {
    expect(differencesOf({ a: 1, b: { "c/d": 2, e: 3 }, f: [1] }, { a: 1, b: { "c/d": 4 }, f: [1], g: 5 })).toEqual([
      { path: "/b/c~1d", left: 2, right: 4 },
      { path: "/b/e", left: 3 },
      { path: "/g", right: 5 },
    ]);
  });
});
