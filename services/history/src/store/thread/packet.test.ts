import { expect, it } from "vitest";
import type { Cell } from "../duck.ts";
import { eachRow, PacketWriter } from "./packet.ts";

const ROWS: readonly (readonly [table: number, cells: readonly Cell[]])[] = [
  [0, [1, "e1", null, "", "ü€😀", 9_007_199_254_740_991]],
  [3, ["key", '{"a":"\\n\\u0000"}']],
  [1, [null, null, -1.5]],
  [2, []],
  [0, ["", "a\n\0b", 0]],
];

function rowsOf(writer: PacketWriter) {
  const found: [number, readonly Cell[]][] = [];
  // A clone is what another thread would get.
  eachRow(structuredClone(writer.take()), (table, cells) => found.push([table, cells]));
  return found;
}

it("a packet has the rows and cells that were added, in their order", () => {
  const writer = new PacketWriter();
  for (const [table, cells] of ROWS) writer.add(table, cells);
  expect(writer.size).toBe(
    ROWS.flatMap(([, cells]) => cells.filter((cell) => typeof cell === "string")).join("").length,
  );
  expect(rowsOf(writer)).toEqual(ROWS);
});

it("after its rows are taken, a writer is empty", () => {
  const writer = new PacketWriter();
  writer.add(1, ["text", 1]);
  writer.take();
  expect(writer.size).toBe(0);
  expect(rowsOf(writer)).toEqual([]);
  writer.add(2, ["other"]);
  expect(rowsOf(writer)).toEqual([[2, ["other"]]]);
});
