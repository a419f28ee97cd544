import { beforeEach, describe, expect, it } from "vitest";
import { RowCursor } from "./row-cursor.ts";

let rows: string[];
let cursor: RowCursor;
beforeEach(() => {
  rows = ["a", "b", "c", "d"];
  cursor = new RowCursor();
});

const follow = () =>
  cursor.follow(
    (index) => rows[index],
    (id) => rows.indexOf(id),
  );

describe("the cursor of a list", () => {
  it("is on no row at first; the first step goes to the first visible row", () => {
    follow();
    expect(cursor.index).toBeUndefined();
    expect([cursor.step(1, 0), cursor.step(-1, 0), cursor.step(1, 2)]).toEqual([0, 0, 2]);
  });

  it("follows its row to a new index", () => {
    cursor.place(1, "b");
    rows = ["x", "a", "c", "b", "d"];
    follow();
    expect(cursor.index).toBe(3);
    expect(cursor.step(1, 0)).toBe(4);
  });

  it("is on no row once its row has left the list; the next step starts from that row's index", () => {
    cursor.place(1, "b");
    rows = ["a", "c", "d"];
    follow();
    expect(cursor.index).toBeUndefined();
    expect([cursor.step(1, 0), cursor.step(-1, 0)]).toEqual([1, 0]);
  });

  it("finds a row that comes back", () => {
    cursor.place(1, "b");
    rows = ["a", "c"];
    follow();
    rows = ["a", "c", "b"];
    follow();
    expect(cursor.index).toBe(2);
  });

  it("stays at an index whose row is loading, and follows the row after loading", () => {
    cursor.place(9, undefined);
    follow();
    expect(cursor.index).toBe(9);
    rows = Array.from({ length: 10 }, (_, index) => `r${index}`);
    follow();
    rows = ["new", ...rows];
    follow();
    expect(cursor.index).toBe(10);
  });
});
