import { expect, it } from "vitest";
import { lineAt, offsetOf, positionIn } from "./text-position.ts";

it("finds the place in the gateway's text", () => {
  expect(positionIn("line 2, column 7: there is no table x")).toEqual({ line: 2, column: 7 });
  expect(positionIn("invalid-request: line 12, column 1: syntax error")).toEqual({ line: 12, column: 1 });
  expect(positionIn("the query took more than 30 s")).toBeUndefined();
});

it("counts characters, of which some have two code units", () => {
  const text = "SELECT 1\nFROM '🚰' x";
  expect(lineAt(text, { line: 2, column: 10 })).toEqual({ line: "FROM '🚰' x", before: "FROM '🚰' " });
  expect(text.slice(offsetOf(text, { line: 2, column: 10 }))).toBe("x");
  expect(offsetOf(text, { line: 1, column: 1 })).toBe(0);
});

it("stays within the text", () => {
  expect(lineAt("a", { line: 3, column: 1 })).toBeUndefined();
  expect(offsetOf("a\nb", { line: 2, column: 90 })).toBe(3);
  expect(offsetOf("a\nb", { line: 9, column: 1 })).toBe(3);
});
