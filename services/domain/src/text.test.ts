import { expect, it } from "vitest";
import { shortened } from "./text.ts";

it("a text of 128 characters stays, and a longer text is cut with an ellipsis", () => {
  expect(shortened("short")).toBe("short");
  expect(shortened("x".repeat(128))).toBe("x".repeat(128));
  expect(shortened("x".repeat(129))).toBe(`${"x".repeat(128)}…`);
});

it("a cut text does not end with half a surrogate pair", () => {
  expect(shortened("😀".repeat(100), 3).isWellFormed()).toBe(true);
});
