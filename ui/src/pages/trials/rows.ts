import type { QueryResult } from "../../data/sql.ts";
import type { TrialRow } from "../../data/trials.ts";

/** Columns of one table. Rows with more properties are shown as JSON. */
const MOST_COLUMNS = 50;

/** Rows of a projection as a table: the key, and a column for each property if all rows are objects. */
export function tableOf(rows: readonly TrialRow[]): QueryResult {
  const names = propertiesOf(rows);
  const valuesOf = ({ row }: TrialRow): unknown[] =>
    names === undefined ? [row] : names.map((name) => (row as Record<string, unknown>)[name] ?? null);
  const cells = rows.map((row) => [row.key, ...valuesOf(row)]);
  const columns = ["key", ...(names ?? ["row"])].map((name, index) => ({ name, type: typeOf(cells, index) }));
  return { columns, rows: cells, truncated: false } as QueryResult;
}

function propertiesOf(rows: readonly TrialRow[]): string[] | undefined {
  const names = new Set<string>();
  for (const { row } of rows) {
    if (typeof row !== "object" || row === null || Array.isArray(row)) return undefined;
    for (const name of Object.keys(row)) names.add(name);
    if (names.size > MOST_COLUMNS) return undefined;
  }
  return names.size === 0 ? undefined : [...names];
}

/** A chart recognizes columns of numbers by these names of types. */
function typeOf(cells: readonly (readonly unknown[])[], index: number): string {
  const values = cells.map((row) => row[index]).filter((value) => value !== null);
  return values.length > 0 && values.every((value) => typeof value === "number") ? "DOUBLE" : "VARCHAR";
}
