import { describe, expect, it } from "vitest";
import { combined, merged, overrides } from "./values.ts";

describe("configuration values", () => {
  it("are merged, and null removes a value", () => {
    expect(merged({ a: 1, b: { c: 1, d: 2 } }, { a: null, b: { c: 3 }, e: [1] })).toEqual({
      b: { c: 3, d: 2 },
      e: [1],
    });
  });

  it("of a device are its differences from the defaults", () => {
    const below = { a: 1, b: { c: 1, d: 2 }, f: 1 };
    const wanted = { a: 1, b: { c: 3, d: 2 }, g: [] };
    const own = overrides(below, wanted);
    expect(own).toEqual({ f: null, b: { c: 3 }, g: [] });
    expect(merged(below, own)).toEqual(wanted);
  });

  it("of two people are combined: a value that I changed is mine, any other value is theirs", () => {
    const start = { a: 1, b: { c: 1, d: 1 }, gone: 1 };
    const mine = { a: 2, b: { c: 1, d: 2 } };
    const theirs = { a: 3, b: { c: 3, d: 1 }, gone: 1, added: true };
    expect(combined(start, mine, theirs)).toEqual({ a: 2, b: { c: 3, d: 2 }, added: true });
  });
});
