import { expect, it } from "vitest";
import { listed } from "./listed.ts";

it.each([
  [["a"], "a"],
  [["a", "b"], "a and b"],
  [["a", "b", "c"], "a, b and c"],
])("names %j in a sentence: %s", (names, text) => {
  expect(listed(names)).toBe(text);
});
