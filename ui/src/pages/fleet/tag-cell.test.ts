// @vitest-environment happy-dom
import { render } from "lit";
import { expect, it } from "vitest";
import { textOf } from "../../testing/dom.ts";
import { tagCell, tagsThatFit } from "./tag-cell.ts";

/** Every letter is ten pixels wide, so a tag takes that and 13 pixels around it. */
const measure = (text: string) => text.length * 10;

it.each([
  ["all, where there is room", ["aaaa", "bbbb", "cc"], 53 + 4 + 53 + 4 + 33, 3],
  ["one fewer, where a pixel is missing for the last", ["aaaa", "bbbb", "cc"], 53 + 4 + 53 + 4 + 32, 2],
  ["only whole ones, with room for how many are left out", ["aaaa", "bbbb", "cc"], 53 + 4 + 20, 1],
  ["none, where the number beside it does not fit", ["aaaa", "bbbb", "cc"], 53 + 4 + 19, 0],
  ["the last without room for a number", ["aaaa", "bbbb"], 53 + 4 + 53, 2],
])("fits %s", (_, tags, room, fit) => {
  expect(tagsThatFit(tags, room, measure)).toBe(fit);
});

function cell(tags: readonly string[], room: number): string {
  const box = document.createElement("div");
  render(tagCell(tags, room), box);
  return textOf(box);
}

it("says how many tags there are where none fits, instead of a piece of one", () => {
  expect(cell(["simulated-thermometer", "gpio-board"], 5)).toBe("2 tags");
  expect(cell(["simulated-thermometer"], 5)).toBe("simulated-thermometer");
  expect(cell(["ab", "simulated-thermometer", "gpio-board"], 5)).toBe("ab+2");
});
