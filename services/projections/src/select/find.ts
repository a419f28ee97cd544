import { columnOf, columnsByName, type Projection } from "../projection.ts";
import { type Access, accessFor, branchesFor } from "./access.ts";
import { compare, type Filter, type Order, type Scalar } from "./filter.ts";
import { type Database, Join, type Reading, type Relation, searches } from "./relation.ts";
import { quoted } from "./sql.ts";

/** Up to this many matches are found first and then sorted. With more, an index is read in order and filtered. */
const SORTED_AT_ONCE = 5_000;

/** A row's key and its position in the order. */
export interface Found {
  readonly key: string;
  readonly position: readonly Scalar[];
}

export interface Wanted {
  readonly filters: readonly Filter[];
  readonly order: Order;
  /** Start after this position. */
  readonly after?: readonly Scalar[] | undefined;
  /** Or skip this many. */
  readonly offset?: number;
  readonly limit: number;
}

/** An order as stored: the columns that hold it, with a unique one at the end. */
export interface Kept {
  readonly table: Projection;
  readonly columns: readonly KeptColumn[];
  /** Rows with an empty first column come last in either direction. */
  readonly blanksLast: boolean;
}

interface KeptColumn {
  readonly name: string;
  readonly descending: boolean;
  /** Type of the column's values. */
  readonly type: "string" | "number";
}

/** The first matches in order, after a position if one is given. */
export function first(database: Database, relation: Relation, wanted: Wanted): readonly Found[] {
  return walk(database, relation, wanted, keptOrder(database, relation, wanted));
}

/** Counts the matches. */
export function count(database: Database, relation: Relation, filters: readonly Filter[]): number {
  const join = new Join(database, relation, filters);
  return total(database, join, accessFor(join.driver, join.ofDriver));
}

/** The number of all matches, and a page of them. `known`: their number, if the caller knows it already. */
export function find(
  database: Database,
  relation: Relation,
  wanted: Wanted,
  known?: number,
): { readonly total: number; readonly found: readonly Found[] } {
  const { filters, offset = 0 } = wanted;
  const order = keptOrder(database, relation, wanted);
  const join = new Join(database, relation, filters);
  const access = accessFor(join.driver, join.ofDriver);
  // A search that checks every row runs once: it counts the matches while it finds them.
  const counts = join.alone && !join.ofDriver.some((filter) => searches(join.driver, filter));
  if (known !== undefined || counts) {
    const all = known ?? total(database, join, access);
    if (all <= offset) return { total: all, found: [] };
    if (all > SORTED_AT_ONCE || access.hint === "" || inOrder(join, order)) {
      return { total: all, found: walk(database, relation, wanted, order) };
    }
  }
  const all = gather(database, join, access, order);
  if (all !== undefined) return { total: all.length, found: within(all, order, wanted) };
  return { total: known ?? total(database, join, access), found: walk(database, relation, wanted, order) };
}

/** Whether indexes lead to exactly the matches, in order. */
function inOrder(join: Join, { table, columns }: Kept): boolean {
  if (!join.alone || join.driver !== table) return false;
  const names = columns.map(({ name }) => name);
  return branchesFor(table, join.ofDriver, names).every(({ exact, ordered }) => exact && ordered);
}

export function keptOrder(
  database: Database,
  relation: Relation,
  { filters, order }: Pick<Wanted, "filters" | "order">,
): Kept {
  const names = order.map(({ column }) => column);
  const able = relation.tables.filter((table) => names.every((name) => columnsByName(table).has(name)));
  const read = able.length > 1 ? new Join(database, relation, filters).tables : [];
  const table = read.find((one) => able.includes(one)) ?? able[0];
  if (table === undefined) throw new TypeError(`no table has all of ${names.join(", ")}`);
  let blanksLast = false;
  const columns = order.map(({ column, descending = false }, i): KeptColumn => {
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
  const { sql, values } = join.reading(access);
  const [counted] = database.query<{ total: number }>(`SELECT count(*) AS total ${sql}`, ...values);
  return counted?.total ?? 0;
}

/** All matches, sorted; undefined if there are more than {@link SORTED_AT_ONCE}. */
function gather(database: Database, join: Join, access: Access, order: Kept): readonly Found[] | undefined {
  const { table } = order;
  const { sql, values } = join.reading(access);
  const key = quoted(join.driver.name, "key");
  const most = SORTED_AT_ONCE + 1;
  if (join.alone && join.driver === table && !join.ofDriver.some((filter) => searches(table, filter))) {
    const found = database.query<Row>(
      `SELECT * FROM (SELECT ${key} AS key, ${positions(order)} ${sql} LIMIT ?) ORDER BY ${sorted(order)}`,
      ...values,
      most,
    );
    return found.length > SORTED_AT_ONCE ? undefined : found.map((row) => foundOf(row, order));
  }
  // The searched index does not hold the sort columns: they are read once the matches are known to be few.
  const keys = database.query<{ key: string }>(`SELECT ${key} AS key ${sql} LIMIT ?`, ...values, most);
  if (keys.length > SORTED_AT_ONCE) return undefined;
  return database
    .query<Row>(
      `SELECT ${quoted(table.name, "key")} AS key, ${positions(order)} FROM json_each(?) wanted
       CROSS JOIN ${table.name} ON ${quoted(table.name, "key")} = wanted.value ORDER BY ${sorted(order)}`,
      JSON.stringify(keys.map((row) => row.key)),
    )
    .map((row) => foundOf(row, order));
}

function within(all: readonly Found[], order: Kept, { after, offset = 0, limit }: Wanted): readonly Found[] {
  if (after === undefined) return all.slice(offset, offset + limit);
  const from = all.findIndex(({ position }) => isBehind(position, after, order));
  return from < 0 ? [] : all.slice(from, from + limit);
}

function isBehind(position: readonly Scalar[], after: readonly Scalar[], { columns, blanksLast }: Kept): boolean {
  if (blanksLast && (position[0] === "") !== (after[0] === "")) return position[0] === "";
  for (const [i, { descending }] of columns.entries()) {
    const difference = compare(position[i] ?? "", after[i] ?? "");
    if (difference !== 0) return difference > 0 !== descending;
  }
  return false;
}

/** Reads an index in order and filters. */
function walk(database: Database, relation: Relation, wanted: Wanted, order: Kept): readonly Found[] {
  if (!order.blanksLast) return walkPart(database, relation, wanted, order);
  const { after, offset = 0, limit, filters } = wanted;
  const column = order.columns[0]?.name ?? "";
  const blank: Wanted = { ...wanted, filters: [...filters, { column, eq: "" }] };
  if (after?.[0] === "") return walkPart(database, relation, blank, order);
  const named: Wanted = { ...wanted, filters: [...filters, { column, gt: "" }] };
  const found = walkPart(database, relation, named, order);
  if (found.length === limit) return found;
  const before = found.length > 0 || offset === 0 ? offset : countPart(database, relation, named, order);
  const rest = { ...blank, after: undefined, offset: offset - before, limit: limit - found.length };
  return [...found, ...walkPart(database, relation, rest, order)];
}

function walkPart(database: Database, relation: Relation, wanted: Wanted, order: Kept): readonly Found[] {
  const { after, offset = 0, limit, filters } = wanted;
  const { table, columns } = order;
  const join = new Join(database, relation, filters, { first: table });
  const behind = after === undefined ? [] : [keyset(order, after)];
  const names = columns.map(({ name }) => name);
  const ways = isOneWay(order) ? branchesFor(table, join.ofDriver, names) : [accessFor(table, join.ofDriver)];
  const parts = ways.map((access) => {
    const { sql, values } = join.reading(access, behind);
    return { sql: `SELECT ${quoted(table.name, "key")} AS key, ${positions(order)} ${sql}`, values };
  });
  const by = columns.map(({ descending }, i) => `p${i} ${descending ? "DESC" : "ASC"}`).join(", ");
  const rows = database.query<Row>(
    `${parts.map(({ sql }) => sql).join(" UNION ALL ")} ORDER BY ${by} LIMIT ? OFFSET ?`,
    ...parts.flatMap(({ values }) => values),
    limit,
    offset,
  );
  return rows.map((row) => foundOf(row, order));
}

function countPart(database: Database, relation: Relation, { filters }: Wanted, { table, columns }: Kept): number {
  const join = new Join(database, relation, filters, { first: table });
  const names = columns.map(({ name }) => name);
  return total(database, join, accessFor(table, join.ofDriver, names));
}

function isOneWay({ columns }: Kept): boolean {
  return columns.every(({ descending }) => descending === columns[0]?.descending);
}

/** The condition that a row comes after a position. */
function keyset(order: Kept, after: readonly Scalar[]): Reading {
  const { table, columns } = order;
  const names = columns.map(({ name }) => quoted(table.name, name));
  if (isOneWay(order)) {
    const beyond = columns[0]?.descending ? "<" : ">";
    if (names.length === 1) return { sql: `${names[0]} ${beyond} ?`, values: after };
    return { sql: `(${names.join(", ")}) ${beyond} (${names.map(() => "?").join(", ")})`, values: after };
  }
  const ways = columns.map(({ descending }, i) => {
    const alike = names.slice(0, i).map((name) => `${name} = ?`);
    return `(${[...alike, `${names[i]} ${descending ? "<" : ">"} ?`].join(" AND ")})`;
  });
  return { sql: `(${ways.join(" OR ")})`, values: columns.flatMap((_, i) => after.slice(0, i + 1)) };
}

type Row = Readonly<Record<string, Scalar>> & { readonly key: string };

function positions({ table, columns }: Kept): string {
  return columns.map(({ name }, i) => `${quoted(table.name, name)} AS p${i}`).join(", ");
}

function foundOf(row: Row, { columns }: Kept): Found {
  return { key: row.key, position: columns.map((_, i) => row[`p${i}`] ?? "") };
}

function sorted({ columns, blanksLast }: Kept): string {
  const by = columns.map(({ descending }, i) => `p${i} ${descending ? "DESC" : "ASC"}`);
  return [...(blanksLast ? ["p0 = ''"] : []), ...by].join(", ");
}
