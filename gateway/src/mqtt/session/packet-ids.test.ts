import { expect, it } from "vitest";
import { PacketIds } from "./packet-ids.ts";

it("PacketIds contains the added identifiers between 1 and 65,535, and not the deleted ones", () => {
  const ids = new PacketIds();
  expect([...ids]).toEqual([]);
  for (const id of [1, 7, 8, 0xffff, 7]) ids.add(id);
  expect(ids.size).toBe(4);
  expect([...ids]).toEqual([1, 7, 8, 0xffff]);
  expect(ids.has(8)).toBe(true);
  expect(ids.has(9)).toBe(false);
  expect([ids.delete(8), ids.delete(8)]).toEqual([true, false]);
  for (const id of [1, 7, 0xffff]) ids.delete(id);
  expect(ids.size).toBe(0);
  expect(ids.has(1)).toBe(false);
});
