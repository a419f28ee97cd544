import { describe, expect, it } from "vitest";
import { MissingSeqs } from "./missing.ts";

function recorded() {
  const warnings: object[] = [];
  const missing = new MissingSeqs({ info() {}, error() {}, warn: (details) => void warnings.push(details) });
  return { missing, warnings };
}

describe("missing sequences", () => {
  it("are counted and named once each", () => {
    const { missing, warnings } = recorded();
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
  });

  it("are counted once each if ranges overlap or touch", () => {
    const { missing } = recorded();
    missing.add(10, 20);
    missing.add(30, 40);
    missing.add(15, 32);
    missing.add(41, 42);
    missing.add(8, 9);
    missing.add(1, 1);
    expect(missing.count).toBe(36);
    expect(missing.ranges).toEqual([
      { from: 1, to: 1 },
      { from: 8, to: 42 },
    ]);
  });

  it("are counted in 6,000 separate ranges, with fewer than 110 warnings", () => {
    const { missing, warnings } = recorded();
    for (const _ of [1, 2]) for (let seq = 2; seq <= 12_000; seq += 2) missing.add(seq, seq);
    expect(missing.count).toBe(6_000);
    expect(missing.isMore).toBe(false);
    expect(warnings.length).toBeLessThan(110);
  });

  it("are not all counted beyond 10,000 separate ranges, and `isMore` says so", () => {
    const { missing, warnings } = recorded();
    for (const _ of [1, 2]) for (let seq = 2; seq <= 40_000; seq += 2) missing.add(seq, seq);
    expect(missing.ranges).toHaveLength(10_000);
    expect(missing.count).toBe(10_000);
    expect(missing.isMore).toBe(true);
    expect(warnings.at(-1)).toEqual({ stream: "FLEET", from: 20_002, to: 20_002, missing: 10_000 });
    missing.add(20_001, 20_001);
    expect(missing.count).toBe(10_001);
  });
});
