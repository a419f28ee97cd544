import { columnsByName, type Projection } from "../projection.ts";
import { type Access, lookUp } from "./access.ts";
import { columnsOf, type Filter, type Scalar } from "./filter.ts";
import { condition, quoted, type Source, type Sql } from "./sql.ts";

/**
 * Projections that are joined by key: each key has a row in all of them or in none. If several of them have a column,
 * it holds the same value in each. If several of them can answer a query alone, the first is read.
 */
export interface Relation {
  readonly tables: readonly Projection[];
}

/** Runs statements. */
export interface Database {
  query<Row>(sql: string, ...values: Scalar[]): Row[];
  /** @throws TypeError if there is none of that name */
  projection(name: string): Projection;
}

/** All rows that a query can read. */
export interface Rows extends Database {
  /** The number of rows for each value of a column that the projection counts. */
  counts(projection: string, column: string): ReadonlyMap<string, number>;
  /** The sequence of the newest event that has changed a row of a projection. */
  changedAt(projection: string): number;
  /** Keeps the rows as they are for later pages of a list, and returns a name to find them by; undefined if it can't. */
  keep?(): string | undefined;
}

/** The tables that filters need, in the order of reading, and the filters that each table checks. */
export class Join {
  readonly tables: readonly Projection[];
  readonly #ownFilters: ReadonlyMap<Projection, readonly Filter[]>;
  /** Filters on columns of several tables. */
  readonly #crossTableFilters: readonly Filter[];
  readonly #database: Database;

  /** Reads the tables that the filters need. `first`: read this one before all others. `also`: read this one in any case. */
  constructor(
    database: Database,
    relation: Relation,
    filters: readonly Filter[],
    { first, also }: { readonly first?: Projection; readonly also?: Projection } = {},
  ) {
    this.#database = database;
    const withTables = filters.map((filter) => ({ filter, tables: tablesOf(relation, filter) }));
    const needed = new Set([first, also].filter((table) => table !== undefined));
    for (const { filter, tables } of withTables) {
      const [only, ...others] = tables;
      if (only !== undefined && others.length === 0) needed.add(only);
      if (only === undefined) for (const column of columnsOf(filter)) needed.add(tableOf(relation, column));
    }
    const [fallback] = relation.tables;
    if (needed.size === 0 && fallback !== undefined) needed.add(fallback);
    const ofOne = (table: Projection) =>
      withTables.filter(({ tables }) => tables.length === 1 && tables[0] === table).map(({ filter }) => filter);
    this.tables = joinOrder([...needed], ofOne, first);
    const own = new Map<Projection, Filter[]>(this.tables.map((table) => [table, []]));
    for (const { filter, tables } of withTables) {
      const checks = this.tables.find((table) => tables.includes(table));
      if (checks !== undefined) own.get(checks)?.push(filter);
    }
    this.#ownFilters = own;
    this.#crossTableFilters = withTables.filter(({ tables }) => tables.length === 0).map(({ filter }) => filter);
  }

  /** The table that is read first. */
  get driver(): Projection {
    const [driver] = this.tables;
    if (driver === undefined) throw new TypeError("a relation has at least one table");
    return driver;
  }

  /** The filters that the first table checks. */
  get driverFilters(): readonly Filter[] {
    return this.#ownFilters.get(this.driver) ?? [];
  }

  /** Whether the first table alone checks all filters. */
  get isSingleTable(): boolean {
    return this.tables.length === 1 && this.#crossTableFilters.length === 0;
  }

  /** FROM and WHERE; the first table is read by `access`, with `more` conditions on it. */
  fromWhere(access: Access, more: readonly Sql[] = []): Sql {
    const { driver } = this;
    const parts: Sql[] = [];
    let from = `FROM ${driver.name}${access.hint}`;
    if (access.implied !== undefined) parts.push({ sql: access.implied, values: [] });
    parts.push(...this.#conditions(access.filters, driver));
    for (const table of this.tables.slice(1)) {
      const by = lookUp(table, this.#ownFilters.get(table) ?? []);
      // SQLite keeps the order of a CROSS JOIN.
      from += ` CROSS JOIN ${table.name}${by.hint} ON ${quoted(table.name, "key")} = ${quoted(driver.name, "key")}`;
      parts.push(...this.#conditions(by.filters, table));
    }
    parts.push(...this.#conditions(this.#crossTableFilters), ...more);
    const where = parts.length === 0 ? "" : ` WHERE ${parts.map(({ sql }) => sql).join(" AND ")}`;
    return { sql: from + where, values: parts.flatMap(({ values }) => values) };
  }

  /** All conditions, for rows that are found by their keys; undefined if there are none. */
  conditions(): Sql | undefined {
    const own = this.tables.flatMap((table) => this.#conditions(this.#ownFilters.get(table) ?? [], table));
    const parts = [...own, ...this.#conditions(this.#crossTableFilters)];
    if (parts.length === 0) return undefined;
    return { sql: parts.map(({ sql }) => sql).join(" AND "), values: parts.flatMap(({ values }) => values) };
  }

  #conditions(filters: readonly Filter[], table?: Projection): Sql[] {
    const database = this.#database;
    const source: Source = {
      table: (column) => {
        const projection = table ?? this.tables.find((one) => columnsByName(one).has(column)) ?? this.driver;
        return { alias: projection.name, projection };
      },
      referred(name, where) {
        const projection = database.projection(name);
        return { alias: "referred", projection, hint: lookUp(projection, [where]).hint };
      },
    };
    return filters.map((filter) => condition(filter, source));
  }
}

/** The tables that have all columns of a filter. */
function tablesOf({ tables }: Relation, filter: Filter): readonly Projection[] {
  return tables.filter((table) => columnsOf(filter).every((column) => columnsByName(table).has(column)));
}

/** @throws TypeError if no table has the column */
export function tableOf({ tables }: Relation, column: string): Projection {
  const table = tables.find((one) => columnsByName(one).has(column));
  if (table === undefined) throw new TypeError(`there is no column ${column}`);
  return table;
}

/**
 * A table that is searched, for text or by its members, is read first. Otherwise, if there is one, a table after which all others can be
 * looked up in covering indexes.
 */
function joinOrder(
  tables: readonly Projection[],
  ofOne: (table: Projection) => readonly Filter[],
  first: Projection | undefined,
): readonly Projection[] {
  if (tables.length < 2) return tables;
  const rank = (table: Projection) =>
    (table === first ? 4 : 0) +
    (ofOne(table).some((filter) => "anyOfFew" in filter || needsScan(table, filter)) ? 2 : 0) +
    (tables.every((other) => other === table || lookUp(other, ofOne(other)).hint !== "") ? 1 : 0);
  return tables.toSorted((a, b) => rank(b) - rank(a));
}

/** Whether every row has to be checked, because no index leads to the matching ones. */
export function needsScan(table: Projection, filter: Filter): boolean {
  if ("and" in filter) return filter.and.some((one) => needsScan(table, one));
  if ("or" in filter) return filter.or.some((one) => needsScan(table, one));
  if ("not" in filter) return needsScan(table, filter.not);
  if ("contains" in filter) return true;
  if ("anyOfFew" in filter) return false;
  const column = columnsByName(table).get(filter.column);
  return column !== undefined && "type" in column && column.type === "set";
}
