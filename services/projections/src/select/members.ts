import type { ColumnFilter, Filter } from "../filter.ts";
import { columnsByName, type Projection } from "../projection.ts";
import { MAX_SORTED } from "./find.ts";
import type { Database, Relation } from "./relation.ts";
import { memberTable } from "./sets.ts";

/**
 * Replaces a filter by members of a set with `anyOfFew` if the member table leads to few rows. With many rows,
 * checking each row's set in the order of an index is faster.
 */
export function narrowed(database: Database, { tables }: Relation, filters: readonly Filter[]): readonly Filter[] {
  return filters.map((filter) => {
    if (!("column" in filter) || "refersTo" in filter) return filter;
    const members = "eq" in filter ? [String(filter.eq)] : "in" in filter ? filter.in.map(String) : [];
    const table = members.length === 0 ? undefined : tables.find((one) => hasMembers(one, filter));
    if (table === undefined || !areFew(database, table, filter, members)) return filter;
    return { column: filter.column, anyOfFew: members };
  });
}

function hasMembers(table: Projection, { column }: ColumnFilter): boolean {
  const found = columnsByName(table).get(column);
  return found !== undefined && "memberTable" in found;
}

function areFew(database: Database, table: Projection, { column }: ColumnFilter, members: readonly string[]): boolean {
  const [found] = database.select<{ n: number }>({
    sql: `SELECT count(*) AS n FROM (SELECT 1 FROM ${memberTable(table, { name: column })}
     WHERE member IN (${members.map(() => "?").join(", ")}) LIMIT ?)`,
    values: [...members, MAX_SORTED + 1],
    tables: [table.name],
    members: [table.name],
  });
  return (found?.n ?? 0) <= MAX_SORTED;
}
