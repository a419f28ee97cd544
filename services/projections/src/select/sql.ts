import type { ColumnFilter, Filter, Reference, Scalar } from "../filter.ts";
import { type Column, columnOf, type Projection } from "../projection.ts";
import { member, memberTable } from "./sets.ts";

export type Bind = (value: Scalar) => string;
/** The tables that a statement reads. */
export interface StatementTables {
  table(column: string): Table;
  referred(name: string, where: Filter): Table;
}

export interface Table {
  readonly alias: string;
  readonly projection: Projection;
  readonly hint?: string;
}

/** A part of a statement, with the values of its parameters. */
export interface Sql {
  readonly sql: string;
  readonly values: readonly Scalar[];
}

/** A prefix followed by this character sorts after every text with the prefix. */
const LAST = "\u{10ffff}";

/** The only place where filters become SQL. */
export function condition(filter: Filter, statement: StatementTables): Sql {
  const values: Scalar[] = [];
  const bind: Bind = (value) => {
    values.push(value);
    return "?";
  };
  return { sql: write(filter, statement, bind), values };
}

/** The condition of a partial index, which must have literal values and no table names. */
export function literalCondition(filter: Filter, projection: Projection): string {
  const literal: Bind = (value) => (typeof value === "number" ? String(value) : `'${value.replaceAll("'", "''")}'`);
  return write(filter, { table: () => ({ alias: "", projection }), referred: noReference }, literal);
}

export function quoted(alias: string, column: string): string {
  return alias === "" ? `"${column}"` : `${alias}."${column}"`;
}

function write(filter: Filter, statement: StatementTables, bind: Bind): string {
  if ("and" in filter) return joined(filter.and, "AND", "TRUE", statement, bind);
  if ("or" in filter) return joined(filter.or, "OR", "FALSE", statement, bind);
  if ("not" in filter) return negated(filter.not, statement, bind);
  if ("refersTo" in filter) return referred(filter, statement, bind);
  const table = statement.table(filter.column);
  const { alias, projection } = table;
  const found = columnOf(projection, filter.column);
  if ("is" in found) return write("eq" in filter && filter.eq === 1 ? found.is : { not: found.is }, statement, bind);
  const at = quoted(alias, found.name);
  return found.type === "set" ? onSet(filter, at, table, bind) : onScalar(filter, found, at, alias, bind);
}

function joined(
  filters: readonly Filter[],
  by: "AND" | "OR",
  none: string,
  statement: StatementTables,
  bind: Bind,
): string {
  if (filters.length === 0) return none;
  return `(${filters.map((one) => write(one, statement, bind)).join(` ${by} `)})`;
}

/** A comparison with null is unknown in SQL. Here it is false, and its negation true. */
function negated(filter: Filter, statement: StatementTables, bind: Bind): string {
  if ("column" in filter && "eq" in filter) {
    const { alias, projection } = statement.table(filter.column);
    const found = columnOf(projection, filter.column);
    if (!("is" in found) && found.type !== "set") {
      return `${quoted(alias, found.name)} IS DISTINCT FROM ${bind(folded(found, filter.eq))}`;
    }
  }
  return `(${write(filter, statement, bind)}) IS NOT TRUE`;
}

function onSet(filter: ColumnFilter, at: string, { alias, projection }: Table, bind: Bind): string {
  if ("eq" in filter) return `instr(${at}, ${bind(member(String(filter.eq)))}) > 0`;
  if ("in" in filter) {
    const any = filter.in.map((one) => `instr(${at}, ${bind(member(String(one)))}) > 0`);
    return any.length === 0 ? "FALSE" : `(${any.join(" OR ")})`;
  }
  if ("isNull" in filter) return `${at} ${filter.isNull ? "=" : "<>"} ''`;
  if ("anyOfFew" in filter) {
    const table = memberTable(projection, { name: filter.column });
    return `${quoted(alias, "key")} IN (SELECT key FROM ${table} WHERE member IN (${filter.anyOfFew.map(bind).join(", ")}))`;
  }
  throw new TypeError(`column ${filter.column} is a set: only its members can be compared`);
}

function onScalar(filter: ColumnFilter, column: Column, at: string, alias: string, bind: Bind): string {
  const put: Bind = (value) => bind(folded(column, value));
  if ("eq" in filter) {
    const { orderedBy } = column;
    const exact = `${at} = ${put(filter.eq)}`;
    if (orderedBy === undefined) return exact;
    return `(${exact} AND ${quoted(alias, orderedBy.column)} = ${bind(orderedBy.fold(String(filter.eq)))})`;
  }
  if ("in" in filter) return filter.in.length === 0 ? "FALSE" : `${at} IN (${filter.in.map(put).join(", ")})`;
  if ("contains" in filter) return `instr(${at}, ${put(filter.contains)}) > 0`;
  if ("prefix" in filter) {
    return `(${at} >= ${put(filter.prefix)} AND ${at} < ${bind(`${column.fold?.(filter.prefix) ?? filter.prefix}${LAST}`)})`;
  }
  if ("isNull" in filter) return `${at} IS ${filter.isNull ? "" : "NOT "}NULL`;
  if ("anyOfFew" in filter) throw new TypeError(`column ${filter.column} is no set`);
  if ("inMany" in filter) return `${at} IN (SELECT value FROM json_each(${bind(JSON.stringify(filter.inMany))}))`;
  const bounds = BOUNDS.flatMap(([bound, operator]) => {
    const value = filter[bound];
    return value === undefined ? [] : `${at} ${operator} ${put(value)}`;
  });
  return bounds.length === 0 ? "TRUE" : `(${bounds.join(" AND ")})`;
}

const BOUNDS = [
  ["gte", ">="],
  ["gt", ">"],
  ["lte", "<="],
  ["lt", "<"],
] as const;

function referred({ column, refersTo, where }: Reference, statement: StatementTables, bind: Bind): string {
  const from = quoted(statement.table(column).alias, column);
  const table = statement.referred(refersTo, where);
  const { alias, projection, hint = "" } = table;
  const matches = write(where, { table: () => table, referred: noReference }, bind);
  return `EXISTS (SELECT 1 FROM ${projection.name} ${alias}${hint} WHERE ${quoted(alias, "key")} = ${from} AND ${matches})`;
}

function noReference(): never {
  throw new TypeError("a reference can't contain another reference");
}

export function folded({ fold }: Column, value: Scalar): Scalar {
  return fold !== undefined && typeof value === "string" ? fold(value) : value;
}
