import { type Projection, projectionsOf, VIEWS } from "@fleetlog/projections/folding";
import { expect, it } from "vitest";
import { onlyOf } from "./only.ts";

function read(table: string, sql: string, ...values: (string | number)[]) {
  const projection = projectionsOf(VIEWS).find(({ name }) => name === table);
  return onlyOf({ sql, values }, projection as Projection);
}

const LISTED = `SELECT registry."key" AS "id", status."row" AS "status" FROM json_each(?) wanted
  CROSS JOIN registry ON registry."key" = wanted.value CROSS JOIN status ON status."key" = registry."key"`;

it("a statement that lists keys reads only these rows, also of a table that is joined by key", () => {
  const only = { column: "key", values: ["a", "b"] };
  expect(read("registry", LISTED, '["a","b"]')).toEqual(only);
  expect(
    read("status", `${LISTED}\n       WHERE registry."account" IN (?) ORDER BY wanted.key`, '["a","b"]', "main"),
  ).toEqual(only);
});

it("a statement reads only the rows with its values in a column that never changes", () => {
  const where = (condition: string) =>
    `SELECT commands."key" AS key FROM commands WHERE ${condition} ORDER BY key LIMIT ?`;
  const state = `"state" IN ('issued', 'a ? (b') AND commands."state" <> ?`;
  expect(
    read("commands", where(`${state} AND commands."device" = ? AND commands."ordinal" > ?`), "x", "d", 0, 9),
  ).toEqual({
    column: "device",
    values: ["d"],
  });
  expect(read("commands", where(`commands."hidden" = ? AND commands."device" IN (?, ?)`), 0, "d", "e", 9)).toEqual({
    column: "device",
    values: ["d", "e"],
  });
  expect(
    read("commands", where(`commands."device" IN (SELECT value FROM json_each(?))`), '["d","e","f"]', 9),
  ).toMatchObject({ values: ["d", "e", "f"] });
  expect(read("commands", `SELECT * FROM (${where(`commands."key" = ?`)}) ORDER BY p0`, "c", 9)).toEqual({
    column: "key",
    values: ["c"],
  });
});

it("a statement that may need other rows reads all", () => {
  const where = (condition: string) => `SELECT count(*) AS total FROM commands WHERE ${condition}`;
  expect(read("commands", "SELECT count(*) AS total FROM commands")).toBeUndefined();
  // A column that changes, an alternative, a negation, a range.
  expect(read("commands", where('commands."state" = ?'), "issued")).toBeUndefined();
  expect(read("commands", where('commands."device" = ? OR commands."by" = ?'), "d", "ada")).toBeUndefined();
  expect(read("commands", where('(commands."device" = ? OR commands."by" = ?)'), "d", "ada")).toBeUndefined();
  expect(read("commands", where('(commands."device" = ?) IS NOT TRUE'), "d")).toBeUndefined();
  expect(read("commands", where('commands."device" IS DISTINCT FROM ?'), "d")).toBeUndefined();
  expect(read("commands", where('commands."device" >= ?'), "d")).toBeUndefined();
  // The table is read twice, or as another name, or the condition is on another table.
  const one = where('commands."device" = ?');
  expect(read("commands", `${one} UNION ALL ${one}`, "d", "e")).toBeUndefined();
  expect(
    read("commands", where('EXISTS (SELECT 1 FROM registry referred WHERE referred."key" = ?)'), "d"),
  ).toBeUndefined();
  expect(
    read(
      "registry",
      `${one} AND EXISTS (SELECT 1 FROM registry referred WHERE referred."key" = commands."device")`,
      "d",
    ),
  ).toBeUndefined();
  // Only the newest rows are in the view, and others decide which these are.
  expect(read("acts", 'SELECT acts."key" AS key FROM acts WHERE acts."device" = ?', "d")).toBeUndefined();
  // More values than are worth naming.
  const many = JSON.stringify(Array.from({ length: 1_001 }, (_, i) => `d${i}`));
  expect(read("registry", LISTED, many)).toBeUndefined();
});
