// @vitest-environment happy-dom
import { render } from "lit";
import { expect, it } from "vitest";
import { textOf } from "../../../testing/dom.ts";
import { tagCell, tagsThatFit } from "./tag-cell.ts";

/** Every letter is ten pixels wide; a tag is 13 pixels wider than its letters. */
const measure = (text: string) => text.length * 10;

it.each([
  ["all tags if there is room", ["aaaa", "bbbb", "cc"], 53 + 4 + 53 + 4 + 33, 3],
  ["one tag fewer if the last lacks a pixel", ["aaaa", "bbbb", "cc"], 53 + 4 + 53 + 4 + 32, 2],
  ["only as many tags as leave room for the count of hidden tags", ["aaaa", "bbbb", "cc"], 53 + 4 + 20, 1],
  ["no tag if the count of hidden tags does not fit beside it", ["aaaa", "bbbb", "cc"], 53 + 4 + 19, 0],
  ["the last tag without room for a number, since no tag is left out", ["aaaa", "bbbb"], 53 + 4 + 53, 2],
])("the cell fits %s", (_, tags, pixels, fit) => {
  expect(tagsThatFit(tags, pixels, measure)).toBe(fit);
});

function cell(tags: readonly string[], rem: number): string {
  const box = document.createElement("div");
  render(tagCell(tags, rem), box);
  return textOf(box);
}

it("the cell shows the tags that fit and the count of the others, only the count if none fits, and a lone tag always", () => {
  expect(cell(["simulated-thermometer", "gpio-board"], 5)).toBe("2 tags");
  expect(cell(["simulated-thermometer"], 5)).toBe("simulated-thermometer");
  expect(cell(["ab", "simulated-thermometer", "gpio-board"], 5)).toBe("ab+2");
});
