import { describe, expect, it } from "vitest";
import type { CommandResource } from "../../data/commands.ts";
import { outdated, PAGE, reread, rereadLimit, rowsOf, segmentOf } from "./segments.ts";

const command = (seq: number, state: CommandResource["state"] = "completed"): CommandResource => ({
  id: `c${seq}`,
  device: "d",
  name: "n",
  state,
  issuedAt: "2026-01-01T00:00:00.000Z",
  issuedBy: "admin",
  deadline: "2026-01-01T01:00:00.000Z",
  seq,
  deliveries: 1,
});
const page = (seqs: readonly number[], next: string | null) => ({
  items: seqs.map((seq) => command(seq)),
  next,
  total: 100,
});
const seqs = (segments: readonly { rows: readonly { seq: number }[] }[]) =>
  segments.map(({ rows }) => rows.map(({ seq }) => seq));

const head = segmentOf(undefined, page([9, 8, 7], "after 7"));

describe("a segment that is read again", () => {
  it("takes new rows at its beginning, but no rows of the next segment", () => {
    expect(reread(head, page([11, 10, 9, 8, 7, 6, 5], "after 5"), false)).toEqual([
      { ...head, rows: rowsOf([segmentOf(undefined, page([11, 10, 9, 8, 7], ""))]) },
    ]);
  });

  it("drops rows that no longer match, and keeps its end", () => {
    const [again, ...more] = reread(head, page([8, 6, 5], "after 5"), false);
    expect(more).toEqual([]);
    expect(again).toMatchObject({ floor: 7, next: "after 7", stale: false });
    expect(again?.rows.map(({ seq }) => seq)).toEqual([8]);
  });

  it("keeps its end when the page reaches the end of the list", () => {
    expect(reread(head, page([9, 8, 4], null), false)).toMatchObject([{ floor: 7, next: "after 7" }]);
  });

  it("is split when new rows fill the page; the second part is stale, so that no row is missed", () => {
    const again = reread(head, page([20, 19, 18], "after 18"), false);
    expect(seqs(again)).toEqual([
      [20, 19, 18],
      [9, 8, 7],
    ]);
    expect(again).toMatchObject([
      { cursor: undefined, floor: 18, next: "after 18", stale: false, gap: false },
      { cursor: "after 18", floor: 7, next: "after 7", stale: true, gap: true },
    ]);
    const [, rest = head] = again;
    expect(reread(rest, page([12, 11, 10, 9, 8, 7], "after 7"), false)).toMatchObject([{ stale: false, gap: false }]);
  });

  it("takes all rows of the page if it is the last segment, and is split if the page does not reach its end", () => {
    expect(reread(head, page([8, 7, 6, 5], "after 5"), true)).toMatchObject([{ floor: 5, next: "after 5" }]);
    expect(reread(head, page([1], null), true)).toMatchObject([{ floor: 0, next: null }]);
    const whole = segmentOf(undefined, page([2, 1], null));
    expect(reread(whole, page([9, 8], "after 8"), true)).toMatchObject([
      { floor: 8, next: "after 8" },
      { cursor: "after 8", floor: 0, next: null, stale: true },
    ]);
  });

  it("is read with room for new rows; a segment of more than 120 rows is read as one page, which splits it", () => {
    expect(rereadLimit(head)).toBe(PAGE);
    const many = (count: number) => ({
      ...head,
      rows: Array.from({ length: count }, () => head.rows.slice(0, 1)).flat(),
    });
    expect(rereadLimit(many(PAGE))).toBe(PAGE * 1.5);
    expect(rereadLimit(many(PAGE * 2 + 1))).toBe(PAGE);
  });
});

it("segments with a changed command become stale, as does the newest segment on every change", () => {
  const segments = [head, segmentOf("after 7", page([6, 5], "x")), segmentOf("x", page([4], null))];
  expect(outdated(segments, new Set(["c5"])).map(({ stale }) => stale)).toEqual([true, true, false]);
  expect(outdated(segments, null).every(({ stale }) => stale)).toBe(true);
});

it("rows keep only short forms of large values", () => {
  const [row] = segmentOf(undefined, {
    items: [{ ...command(1), params: { text: "x".repeat(10_000) }, result: "y".repeat(10_000) }],
    next: null,
    total: 1,
  }).rows;
  expect(row?.params.length).toBeLessThan(250);
  expect(row?.outcome.length).toBeLessThan(250);
});
