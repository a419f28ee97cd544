import { describe, expect, it } from "vitest";
import { chartable, seriesOf } from "./series.ts";

const answer = (types: readonly string[], ...rows: unknown[][]) => ({
  columns: types.map((type, index) => ({ name: `c${index}`, type })),
  rows,
  truncated: false,
});

describe("what a chart can show", () => {
  it("is each column of numbers after a column of texts or times", () => {
    const rows = [[], []];
    expect(chartable(answer(["VARCHAR", "BIGINT", "JSON", "DECIMAL(18,3)", "DOUBLE"], ...rows))).toEqual([1, 3, 4]);
    expect(chartable(answer(["TIMESTAMP WITH TIME ZONE", "UINTEGER"], ...rows))).toEqual([1]);
    expect(chartable(answer(["BIGINT", "BIGINT"], ...rows))).toEqual([]);
    expect(chartable(answer(["VARCHAR", "BIGINT[]", "INTERVAL"], ...rows))).toEqual([]);
  });

  it("needs two rows", () => {
    expect(chartable(answer(["VARCHAR", "BIGINT"], ["a", 1]))).toEqual([]);
    expect(chartable(answer([]))).toEqual([]);
  });
});

describe("a chart", () => {
  it("has a bar for each row, and omits values that are not numbers", () => {
    const { kind, points } = seriesOf(
      answer(["VARCHAR", "BIGINT"], ["a", 3], [null, "9007199254740993"], ["c", null], ["d", "NaN"], ["e", ""]),
      1,
    );
    expect([kind, points.map(({ label, y }) => [label, y])]).toEqual([
      "bars",
      [
        ["a", 3],
        ["null", 9007199254740992],
      ],
    ]);
  });

  it("shows how many bars it omits", () => {
    const rows = Array.from({ length: 40 }, (_, index) => [`d${index}`, index]);
    const { points, omitted } = seriesOf(answer(["VARCHAR", "BIGINT"], ...rows), 1);
    expect([points.length, omitted]).toEqual([30, 10]);
  });

  it("is a line in the order of time", () => {
    const types = ["TIMESTAMP WITH TIME ZONE", "BIGINT"];
    const [early, late] = ["2026-01-31T10:00:00Z", "2026-01-31T11:00:00Z"];
    const line = seriesOf(answer(types, [late, 2], [early, 1]), 1);
    expect([line.kind, line.points.map(({ y }) => y)]).toEqual(["line", [1, 2]]);
    expect(seriesOf(answer(types, [early, 2], [early, 1]), 1).kind).toBe("bars");
    expect(seriesOf(answer(types, [null, 2], [early, 1]), 1).kind).toBe("bars");
  });
});
