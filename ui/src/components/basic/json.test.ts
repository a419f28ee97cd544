import { expect, it } from "vitest";
import { pretty } from "./json.ts";

it("indents a value", () => {
  expect(pretty({ a: [1] })).toEqual({ text: '{\n  "a": [\n    1\n  ]\n}', more: 0 });
  expect(pretty(undefined)).toEqual({ text: "", more: 0 });
});

it("returns a text of limited length for a value of any length or depth", () => {
  const { text, more } = pretty({ wave: "x".repeat(100_000) });
  expect([text.length, more]).toEqual([50_000, 50_011]);
  const deep = JSON.parse(`${"[".repeat(200)}${"0,".repeat(15_000)}0${"]".repeat(200)}`);
  expect(pretty(deep).text).not.toContain("\n");
});
