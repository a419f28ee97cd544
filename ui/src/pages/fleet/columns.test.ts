import { expect, it } from "vitest";
import { COLUMNS, fitting, tracks } from "./columns.ts";

const keys = (width: number) => fitting(COLUMNS, width).map(({ key }) => key);

it("drops the last columns first where there is no room, but never id and status", () => {
  expect(keys(1_000)).toEqual(COLUMNS.map(({ key }) => key));
  expect(keys(10)).toEqual(["id", "status"]);
  expect(keys(30)).toEqual(["id", "status", "name"]);
});

it("gives each column a track after the check box's", () => {
  const shown = fitting(COLUMNS, 30);
  expect(tracks(shown)).toBe("2.5rem minmax(10rem, 1.6fr) 9.25rem minmax(7rem, 1.2fr)");
});
