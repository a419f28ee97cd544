import { expect, it } from "vitest";
import { tableOf } from "./rows.ts";

it("the table has a column for each property of the rows", () => {
  const { columns, rows } = tableOf([
    { key: "a", row: { n: 1, last: "x" } },
    { key: "b", row: { n: 2, more: [1] } },
  ]);
  expect(columns).toEqual([
    { name: "key", type: "VARCHAR" },
    { name: "n", type: "DOUBLE" },
    { name: "last", type: "VARCHAR" },
    { name: "more", type: "VARCHAR" },
  ]);
  expect(rows).toEqual([
    ["a", 1, "x", null],
    ["b", 2, null, [1]],
  ]);
});

it("the table has one column for rows that are not objects, or have many properties", () => {
  const mixed = tableOf([
    { key: "a", row: 3 },
    { key: "b", row: { n: 1 } },
  ]);
  expect(mixed.columns.map(({ name }) => name)).toEqual(["key", "row"]);
  expect(mixed.rows).toEqual([
    ["a", 3],
    ["b", { n: 1 }],
  ]);
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`p${i}`, i]));
  expect(tableOf([{ key: "a", row: many }]).columns).toHaveLength(2);
  expect(tableOf([{ key: "a", row: { toString: 1 } }]).rows).toEqual([["a", 1]]);
});
