import type { ColumnFilter, Filter, Scalar } from "../filter.ts";
import { columnOf, type Projection } from "../projection.ts";
import { resolved } from "./access.ts";
import { folded } from "./sql.ts";

/** The rows of a table with one of these values in a column whose values never change. */
export interface NamedRows {
  readonly table: string;
  readonly column: string;
  readonly values: readonly Scalar[];
}

/** Each entry contains all rows of the table that match all filters, and maybe other rows. */
export function namedBy(filters: readonly Filter[], table: Projection): readonly NamedRows[] {
  return filters.flatMap((given) => {
    const filter = resolved(table, given);
    if (!("column" in filter) || "refersTo" in filter) return [];
    const column = columnOf(table, filter.column);
    if ("is" in column || column.fixed !== true || column.type === "set") return [];
    const values = valuesOf(filter);
    // A long list is not folded, because the SQL of `inMany` does not fold it either.
    const named = "inMany" in filter ? values : values?.map((value) => folded(column, value));
    return named === undefined ? [] : [{ table: table.name, column: column.name, values: named }];
  });
}

function valuesOf(filter: ColumnFilter): readonly Scalar[] | undefined {
  if ("eq" in filter) return [filter.eq];
  if ("in" in filter) return filter.in;
  return "inMany" in filter ? filter.inMany : undefined;
}

/** The tables that references in a filter read. */
export function tablesReferredBy(filter: Filter): readonly string[] {
  if ("and" in filter) return filter.and.flatMap(tablesReferredBy);
  if ("or" in filter) return filter.or.flatMap(tablesReferredBy);
  if ("not" in filter) return tablesReferredBy(filter.not);
  return "refersTo" in filter ? [filter.refersTo] : [];
}

/** Whether a filter reads a table of the members of a set. */
export function readsMembers(filter: Filter): boolean {
  if ("and" in filter) return filter.and.some(readsMembers);
  if ("or" in filter) return filter.or.some(readsMembers);
  if ("not" in filter) return readsMembers(filter.not);
  return "anyOfFew" in filter;
}
