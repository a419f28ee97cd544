import { expect, it } from "vitest";
import { cellText, shownPart } from "./cells.ts";

it("shows values as text, and cuts long ones", () => {
  expect(["a", null, 7, true, ["x"], { a: 1 }].map(cellText)).toEqual(["a", "null", "7", "true", '["x"]', '{"a":1}']);
  expect(cellText("x".repeat(9_000))).toHaveLength(301);
});

it("bounds the cells of a table", () => {
  expect(shownPart(5, 1_000)).toEqual({ columns: 5, rows: 1_000 });
  expect(shownPart(2_000, 1_000)).toEqual({ columns: 100, rows: 300 });
  expect(shownPart(0, 0)).toEqual({ columns: 0, rows: 0 });
});
