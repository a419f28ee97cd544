import { expect, it } from "vitest";
import { tagsThatFit } from "./tag-cell.ts";

it.each([
  ["all, where there is room", ["pump", "hall-3", "critical"], 200, 3],
  ["only whole ones, and room for how many are left out", ["simulated", "gpio-board", "mqtt"], 140, 1],
  ["the last without room for a number", ["pump", "hall-3"], 94, 2],
  ["one, however long it is", ["a".repeat(64), "b"], 120, 1],
])("shows %s", (_, tags, room, shown) => {
  expect(tagsThatFit(tags, room)).toBe(shown);
});
