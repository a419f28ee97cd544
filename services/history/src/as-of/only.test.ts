import { type Projection, projectionsOf, VIEWS } from "@fleetlog/projections/folding";
import { expect, it } from "vitest";
import { onlyOf } from "./only.ts";

function read(table: string, ...values: (string | number)[][]) {
  const projection = projectionsOf(VIEWS).find(({ name }) => name === table);
  const names = values.map((some) => ({ table, column: "device", values: some }));
  return onlyOf({ sql: "", values: [], tables: [table], names }, projection as Projection);
}

it("a statement reads only the rows that it names", () => {
  const projection = projectionsOf(VIEWS).find(({ name }) => name === "commands") as Projection;
  const named = { table: "commands", column: "device", values: ["d"] };
  expect(
    onlyOf({ sql: "", values: [], tables: ["commands"], names: [{ ...named, table: "registry" }, named] }, projection),
  ).toEqual(named);
  expect(
    onlyOf({ sql: "", values: [], tables: ["commands"], names: [{ ...named, table: "registry" }] }, projection),
  ).toBeUndefined();
  expect(onlyOf({ sql: "", values: [], tables: ["commands"] }, projection)).toBeUndefined();
});

it("a statement reads all rows of a projection that keeps only its newest rows, because all rows decide which are the newest", () => {
  expect(read("acts", ["d"])).toBeUndefined();
});

it("a list of more than 1,000 values is not used to select rows", () => {
  const many = Array.from({ length: 1_001 }, (_, i) => `d${i}`);
  expect(read("commands", many)).toBeUndefined();
  expect(read("commands", many, ["d"])).toMatchObject({ values: ["d"] });
});
