import { describe, expect, it } from "vitest";
import { SeqRanges } from "./seq-ranges.ts";

describe("SeqRanges", () => {
  it("contains the added numbers, in whatever order they are added", () => {
    let random = 7;
    const next = () => {
      random = (random * 48_271) % 2_147_483_647;
      return random % 64;
    };
    for (let round = 0; round < 50; round++) {
      const set = new Set<number>();
      const ranges = new SeqRanges(64);
      for (let i = 0; i < 60; i++) {
        const seq = next();
        set.add(seq);
        expect(ranges.add(seq)).toBe(true);
      }
      expect(Array.from({ length: 64 }, (_, n) => ranges.has(n))).toEqual(
        Array.from({ length: 64 }, (_, n) => set.has(n)),
      );
    }
  });

  it("refuses a number that needs a range beyond the capacity, and accepts one that extends a range", () => {
    const ranges = new SeqRanges(2);
    expect([ranges.add(1), ranges.add(5), ranges.add(3), ranges.add(2), ranges.add(4), ranges.add(6)]).toEqual([
      true,
      true,
      false,
      true,
      true,
      true,
    ]);
    expect(ranges.has(3)).toBe(false);
    expect([ranges.add(3), ranges.add(9), ranges.has(3)]).toEqual([true, true, true]);
  });
});
