import type { QueryResult } from "../../data/sql.ts";

export interface Point {
  readonly label: string;
  /** In a line, milliseconds since 1970; in bars, the row's index. */
  readonly x: number;
  readonly y: number;
}

/** What a chart shows of an answer. */
export interface Series {
  readonly kind: "bars" | "line";
  readonly points: readonly Point[];
  /** Points of the answer that the chart leaves out. */
  readonly omitted: number;
}

const MOST_BARS = 30;
const NUMBERS = /^((U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DOUBLE|FLOAT)|DECIMAL\(\d+,\d+\))$/;
const TIMES = /^(TIMESTAMP|DATE)/;

/**
 * Indices of the columns with numbers that a chart can show. Empty unless the first column has texts or times and the
 * answer has at least two rows.
 */
export function chartable({ columns: [first, ...others], rows }: QueryResult): readonly number[] {
  if (first === undefined || rows.length < 2) return [];
  if (first.type !== "VARCHAR" && first.type !== "BOOLEAN" && !TIMES.test(first.type)) return [];
  return others.flatMap(({ type }, index) => (NUMBERS.test(type) ? [index + 1] : []));
}

/** Times that are all different make a line in the order of time. Anything else makes bars in the order of the rows. */
export function seriesOf({ columns, rows }: QueryResult, column: number): Series {
  const points = rows.flatMap((row, x): Point[] => {
    const [y, label] = [numberOf(row[column]), labelOf(row[0])];
    return y === undefined ? [] : [{ label, x, y }];
  });
  const times = points.map((point) => ({ ...point, x: Date.parse(point.label) })).sort((a, b) => a.x - b.x);
  const isLine =
    TIMES.test(columns[0]?.type ?? "") &&
    times.length > 1 &&
    times.every(({ x }, index) => Number.isFinite(x) && x !== times[index - 1]?.x);
  if (isLine) return { kind: "line", points: times, omitted: 0 };
  const bars = points.slice(0, MOST_BARS);
  return { kind: "bars", points: bars, omitted: points.length - bars.length };
}

/** Large numbers are texts in answers; NaN and Infinity have no place in a chart. */
function numberOf(value: unknown): number | undefined {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

function labelOf(value: unknown): string {
  return value === null || value === undefined ? "null" : String(value);
}
