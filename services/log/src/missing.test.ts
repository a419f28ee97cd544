import { expect, it } from "vitest";
import { MissingSeqs } from "./missing.ts";

it("counts and names each missing sequence once, and keeps a bounded number of ranges", () => {
  const warnings: object[] = [];
  const missing = new MissingSeqs({ info() {}, error() {}, warn: (details) => void warnings.push(details) });
  missing.add(7, 9);
  missing.add(3, 3);
  missing.add(7, 9);
  missing.add(8, 8);
  missing.add(5, 4);
  expect(missing.count).toBe(4);
  expect(missing.ranges).toEqual([
    { from: 3, to: 3 },
    { from: 7, to: 9 },
  ]);
  expect(warnings).toEqual([
    { stream: "FLEET", from: 7, to: 9, missing: 3 },
    { stream: "FLEET", from: 3, to: 3, missing: 4 },
  ]);
  for (let seq = 100; seq < 600; seq += 2) missing.add(seq, seq);
  expect(missing.count).toBe(4 + 98);
  expect(missing.ranges).toHaveLength(100);
});
