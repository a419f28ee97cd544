import type { NamedRows, Projection, Statement } from "@fleetlog/projections/folding";

/** With more values, reading all rows is as fast. */
const MOST_VALUES = 1_000;

/**
 * The rows of a table that a statement of the views names. Undefined if it may need all rows, and for a table with only
 * the newest rows: all rows decide which these are.
 */
export function onlyOf({ names = [] }: Statement, { name, newest }: Projection): NamedRows | undefined {
  if (newest !== undefined) return undefined;
  return names.find(({ table, values }) => table === name && values.length <= MOST_VALUES);
}
