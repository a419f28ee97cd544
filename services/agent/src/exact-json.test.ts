import { describe, expect, it } from "vitest";
import { exactJson } from "./exact-json.ts";

describe("exactJson", () => {
  it("writes what JSON.stringify writes, and null for undefined", () => {
    expect(exactJson({ a: [1, -0.5, null, "NaN"], b: undefined })).toBe('{"a":[1,-0.5,null,"NaN"]}');
    expect(exactJson(undefined)).toBe("null");
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("refuses %d, naming its key", (value) => {
    expect(() => exactJson({ data: { t: value } })).toThrow(new TypeError(`t is ${value}, which JSON can't express`));
    expect(() => exactJson(value)).toThrow(/^the value is/);
  });
});
