import type { NamedRows, Projection, Statement } from "@fleetlog/projections/folding";

/** With more values, reading all rows is as fast. */
const MOST_VALUES = 1_000;

/**
 * The rows of a table that a statement of the views names. Undefined if the statement may need all rows. Undefined, too,
 * for a table that keeps only its newest rows, because all rows decide which are the newest.
 */
export function onlyOf({ names = [] }: Statement, { name, newest }: Projection): NamedRows | undefined {
  if (newest !== undefined) return undefined;
  return names.find(({ table, values }) => table === name && values.length <= MOST_VALUES);
}
