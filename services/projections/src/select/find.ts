import { compare, type Filter, type Order, type Scalar } from "../filter.ts";
import { columnOf, columnsByName, type Projection } from "../projection.ts";
import { type Access, accessFor, branchesFor } from "./access.ts";
import { type Database, Join, needsScan, type Relation } from "./relation.ts";
import { quoted, type Sql } from "./sql.ts";

/** Up to this many matches are sorted; for more, an index is read in order and filtered. */
export const MAX_SORTED = 5_000;

/** A row's key and its position in the order. */
export interface Found {
  readonly key: string;
  readonly position: readonly Scalar[];
}

export interface FindRequest {
  readonly filters: readonly Filter[];
  readonly order: Order;
  readonly after?: readonly Scalar[] | undefined;
  readonly offset?: number;
  readonly limit: number;
}

/** An order by columns of one table. The last column is unique. */
export interface StoredOrder {
  readonly table: Projection;
  readonly columns: readonly OrderColumn[];
  readonly blanksLast: boolean;
}

interface OrderColumn {
  readonly name: string;
  readonly descending: boolean;
  readonly type: "string" | "number";
}

export function findFirst(database: Database, relation: Relation, request: FindRequest): readonly Found[] {
  return scanInOrder(database, relation, request, storedOrder(database, relation, request));
}

export function count(database: Database, relation: Relation, filters: readonly Filter[]): number {
  const join = new Join(database, relation, filters);
  return total(database, join, accessFor(join.driver, join.driverFilters));
}

export function find(
  database: Database,
  relation: Relation,
  request: FindRequest,
  known?: number,
): { readonly total: number; readonly found: readonly Found[] } {
  const { filters, offset = 0 } = request;
  const order = storedOrder(database, relation, request);
  const join = new Join(database, relation, filters);
  const access = accessFor(join.driver, join.driverFilters);
  // A filter that reads every row or a member table is not counted first: `findAndSort` counts its matches.
  const countFirst =
    join.isSingleTable && !join.driverFilters.some((filter) => "anyOfFew" in filter || needsScan(join.driver, filter));
  if (known !== undefined || countFirst) {
    const all = known ?? total(database, join, access);
    if (all <= offset) return { total: all, found: [] };
    if (all > MAX_SORTED || access.hint === "" || inOrder(join, order)) {
      return { total: all, found: scanInOrder(database, relation, request, order) };
    }
  }
  const all = findAndSort(database, join, access, order);
  if (all !== undefined) return { total: all.length, found: pageOf(all, order, request) };
  return { total: known ?? total(database, join, access), found: scanInOrder(database, relation, request, order) };
}

function inOrder(join: Join, { table, columns }: StoredOrder): boolean {
  if (!join.isSingleTable || join.driver !== table) return false;
  const names = columns.map(({ name }) => name);
  return branchesFor(table, join.driverFilters, names).every(({ exact, ordered }) => exact && ordered);
}

export function storedOrder(
  database: Database,
  relation: Relation,
  { filters, order }: Pick<FindRequest, "filters" | "order">,
): StoredOrder {
  const names = order.map(({ column }) => column);
  const candidates = relation.tables.filter((table) => names.every((name) => columnsByName(table).has(name)));
  const read = candidates.length > 1 ? new Join(database, relation, filters).tables : [];
  const table = read.find((one) => candidates.includes(one)) ?? candidates[0];
  if (table === undefined) throw new TypeError(`no table has all of ${names.join(", ")}`);
  let blanksLast = false;
  const columns = order.map(({ column, descending = false }, i): OrderColumn => {
    const found = columnOf(table, column);
    if ("is" in found || found.type === "set") throw new TypeError(`rows can't be ordered by ${column}`);
    const name = found.orderedBy?.column ?? column;
    const by = columnOf(table, name);
    if (i === 0) blanksLast = "blanksLast" in by;
    return { name, descending, type: found.type === "integer" ? "number" : "string" };
  });
  const last = columns.at(-1);
  if (last?.name !== "key" && last?.name !== "ordinal") {
    columns.push({ name: "key", descending: last?.descending ?? false, type: "string" });
  }
  return { table, columns, blanksLast };
}

function total(database: Database, join: Join, access: Access): number {
  const from = join.fromWhere(access);
  const [counted] = database.select<{ total: number }>({ ...from, sql: `SELECT count(*) AS total ${from.sql}` });
  return counted?.total ?? 0;
}

/** All matches, sorted; undefined for more than {@link MAX_SORTED}. */
function findAndSort(database: Database, join: Join, access: Access, order: StoredOrder): readonly Found[] | undefined {
  const { table } = order;
  const { sql, values, ...reads } = join.fromWhere(access);
  const key = quoted(join.driver.name, "key");
  const limited = { values: [...values, MAX_SORTED + 1], ...reads };
  if (join.isSingleTable && join.driver === table && !join.driverFilters.some((filter) => needsScan(table, filter))) {
    const found = database.select<Row>({
      sql: `SELECT * FROM (SELECT ${key} AS key, ${positionColumns(order)} ${sql} LIMIT ?) ORDER BY ${orderByTerms(order)}`,
      ...limited,
    });
    return found.length > MAX_SORTED ? undefined : found.map((row) => toFound(row, order));
  }
  // The sort columns are in another table or outside the searched index, so they are read only if there are few matches.
  const matching = database.select<{ key: string }>({ sql: `SELECT ${key} AS key ${sql} LIMIT ?`, ...limited });
  if (matching.length > MAX_SORTED) return undefined;
  const keys = matching.map((row) => row.key);
  return database
    .select<Row>({
      sql: `SELECT ${quoted(table.name, "key")} AS key, ${positionColumns(order)} FROM json_each(?) wanted
       CROSS JOIN ${table.name} ON ${quoted(table.name, "key")} = wanted.value ORDER BY ${orderByTerms(order)}`,
      values: [JSON.stringify(keys)],
      tables: [table.name],
      names: [{ table: table.name, column: "key", values: keys }],
    })
    .map((row) => toFound(row, order));
}

function pageOf(
  all: readonly Found[],
  order: StoredOrder,
  { after, offset = 0, limit }: FindRequest,
): readonly Found[] {
  if (after === undefined) return all.slice(offset, offset + limit);
  const from = all.findIndex(({ position }) => comesAfter(position, after, order));
  return from < 0 ? [] : all.slice(from, from + limit);
}

function comesAfter(
  position: readonly Scalar[],
  after: readonly Scalar[],
  { columns, blanksLast }: StoredOrder,
): boolean {
  if (blanksLast && (position[0] === "") !== (after[0] === "")) return position[0] === "";
  for (const [i, { descending }] of columns.entries()) {
    const difference = compare(position[i] ?? "", after[i] ?? "");
    if (difference !== 0) return difference > 0 !== descending;
  }
  return false;
}

function scanInOrder(
  database: Database,
  relation: Relation,
  request: FindRequest,
  order: StoredOrder,
): readonly Found[] {
  if (!order.blanksLast) return scanPart(database, relation, request, order);
  const { after, offset = 0, limit, filters } = request;
  const column = order.columns[0]?.name ?? "";
  const blank: FindRequest = { ...request, filters: [...filters, { column, eq: "" }] };
  if (after?.[0] === "") return scanPart(database, relation, blank, order);
  const named: FindRequest = { ...request, filters: [...filters, { column, gt: "" }] };
  const found = scanPart(database, relation, named, order);
  if (found.length === limit) return found;
  const before = found.length > 0 || offset === 0 ? offset : countPart(database, relation, named, order);
  const rest = { ...blank, after: undefined, offset: offset - before, limit: limit - found.length };
  return [...found, ...scanPart(database, relation, rest, order)];
}

function scanPart(database: Database, relation: Relation, request: FindRequest, order: StoredOrder): readonly Found[] {
  const { after, offset = 0, limit, filters } = request;
  const { table, columns } = order;
  const join = new Join(database, relation, filters, { first: table });
  const behind = after === undefined ? [] : [keyset(order, after)];
  const names = columns.map(({ name }) => name);
  const alternatives = hasOneDirection(order)
    ? branchesFor(table, join.driverFilters, names)
    : [accessFor(table, join.driverFilters)];
  const parts = alternatives.map((access) => {
    const from = join.fromWhere(access, behind);
    return { ...from, sql: `SELECT ${quoted(table.name, "key")} AS key, ${positionColumns(order)} ${from.sql}` };
  });
  const by = columns.map(({ descending }, i) => `p${i} ${descending ? "DESC" : "ASC"}`).join(", ");
  const [part, ...others] = parts;
  const rows = database.select<Row>({
    sql: `${parts.map(({ sql }) => sql).join(" UNION ALL ")} ORDER BY ${by} LIMIT ? OFFSET ?`,
    values: [...parts.flatMap(({ values }) => values), limit, offset],
    tables: [...new Set(parts.flatMap(({ tables }) => tables))],
    members: [...new Set(parts.flatMap(({ members }) => members))],
    // Several parts read the table with different filters, so the named rows of one part are not enough for the others.
    names: part === undefined || others.length > 0 ? [] : part.names,
  });
  return rows.map((row) => toFound(row, order));
}

function countPart(
  database: Database,
  relation: Relation,
  { filters }: FindRequest,
  { table, columns }: StoredOrder,
): number {
  const join = new Join(database, relation, filters, { first: table });
  const names = columns.map(({ name }) => name);
  return total(database, join, accessFor(table, join.driverFilters, names));
}

function hasOneDirection({ columns }: StoredOrder): boolean {
  return columns.every(({ descending }) => descending === columns[0]?.descending);
}

function keyset(order: StoredOrder, after: readonly Scalar[]): Sql {
  const { table, columns } = order;
  const names = columns.map(({ name }) => quoted(table.name, name));
  if (hasOneDirection(order)) {
    const beyond = columns[0]?.descending ? "<" : ">";
    if (names.length === 1) return { sql: `${names[0]} ${beyond} ?`, values: after };
    return { sql: `(${names.join(", ")}) ${beyond} (${names.map(() => "?").join(", ")})`, values: after };
  }
  const alternatives = columns.map(({ descending }, i) => {
    const alike = names.slice(0, i).map((name) => `${name} = ?`);
    return `(${[...alike, `${names[i]} ${descending ? "<" : ">"} ?`].join(" AND ")})`;
  });
  return { sql: `(${alternatives.join(" OR ")})`, values: columns.flatMap((_, i) => after.slice(0, i + 1)) };
}

type Row = Readonly<Record<string, Scalar>> & { readonly key: string };

function positionColumns({ table, columns }: StoredOrder): string {
  return columns.map(({ name }, i) => `${quoted(table.name, name)} AS p${i}`).join(", ");
}

function toFound(row: Row, { columns }: StoredOrder): Found {
  return { key: row.key, position: columns.map((_, i) => row[`p${i}`] ?? "") };
}

function orderByTerms({ columns, blanksLast }: StoredOrder): string {
  const by = columns.map(({ descending }, i) => `p${i} ${descending ? "DESC" : "ASC"}`);
  return [...(blanksLast ? ["p0 = ''"] : []), ...by].join(", ");
}
