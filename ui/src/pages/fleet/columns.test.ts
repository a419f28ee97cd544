import { describe, expect, it } from "vitest";
import { COLUMNS, type Column, fitting, tracks, widths } from "./columns.ts";

const keys = (width: number) => fitting(COLUMNS, width).map(({ key }) => key);

it("drops the last columns first where there is no room, but never id and status", () => {
  expect(keys(1_000)).toEqual(COLUMNS.map(({ key }) => key));
  expect(keys(10)).toEqual(["id", "status"]);
  expect(keys(30)).toEqual(["id", "status", "name"]);
});

it("gives each column a track after the check box's", () => {
  const shown = fitting(COLUMNS, 30);
  expect(tracks(shown)).toBe("2.5rem minmax(10rem, 1.4fr) 9.25rem minmax(7rem, 1.5fr)");
});

describe("widths", () => {
  const column = (key: string, least: number, share: number): Column => ({
    key,
    title: key,
    least,
    share,
    cell: () => "",
  });

  it("are shares of what the fixed ones leave, and never less than what is needed", () => {
    const columns = [column("a", 4, 1), column("b", 10, 1), column("c", 5, 0)];
    expect([...widths(columns, 47.5)]).toEqual([
      ["a", 20],
      ["b", 20],
      ["c", 5],
    ]);
    expect([...widths(columns, 25.5)]).toEqual([
      ["a", 8],
      ["b", 10],
      ["c", 5],
    ]);
  });
});
