import { expect, it } from "vitest";
import { shortened } from "./text.ts";

it("keeps a text that is short enough, and marks where a longer one is cut", () => {
  expect(shortened("short")).toBe("short");
  expect(shortened("x".repeat(128))).toBe("x".repeat(128));
  expect(shortened("x".repeat(129))).toBe(`${"x".repeat(128)}…`);
});

it("leaves no half of a surrogate pair", () => {
  expect(shortened("😀".repeat(100), 3).isWellFormed()).toBe(true);
});
