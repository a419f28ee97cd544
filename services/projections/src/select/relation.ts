import { columnsOf, type Filter } from "../filter.ts";
import { columnsByName, type Projection } from "../projection.ts";
import { type Access, lookUp } from "./access.ts";
import { type NamedRows, namedBy, readsMembers, tablesReferredBy } from "./named-rows.ts";
import { condition, quoted, type Sql, type StatementTables } from "./sql.ts";

/**
 * Projections joined by key: each key has a row in all of them or in none. Columns of the same name hold the same
 * value. If several tables can answer alone, the first is read.
 */
export interface Relation {
  readonly tables: readonly Projection[];
}

/** A SELECT on tables of projections. */
export interface Statement extends Sql {
  /** Names of the projections that it reads. */
  readonly tables: readonly string[];
  /** Projections of which it reads the table of a set's members. */
  readonly members?: readonly string[];
  /**
   * The rows that the statement needs of some tables. If a table has several entries, each names all rows that are needed.
   * The statement may need all rows of a table without an entry.
   */
  readonly names?: readonly NamedRows[];
}

export interface Database {
  select<Row>(statement: Statement): Row[];
  /** @throws TypeError if no projection has that name */
  projection(name: string): Projection;
}

/** All rows that a query can read. */
export interface Rows extends Database {
  /** The number of rows for each value of a facet's column. */
  counts(projection: string, column: string): ReadonlyMap<string, number>;
  /** Sequence of the newest event that has changed a row. */
  changedAt(projection: string): number;
  /**
   * Keeps the present rows for later pages of a list. Returns the name of the kept state; undefined if it can't be
   * kept.
   */
  keep?(): string | undefined;
}

/** The tables that filters need, in the order of reading, with the filters that each table checks. */
export class Join {
  readonly tables: readonly Projection[];
  readonly #ownFilters: ReadonlyMap<Projection, readonly Filter[]>;
  readonly #crossTableFilters: readonly Filter[];
  readonly #database: Database;

  /** `first` is read before all other tables. `also` is read even if no filter needs it. */
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
    for (const { tables } of withTables) {
      const [first] = tables;
      if (first !== undefined && !tables.some((table) => needed.has(table))) needed.add(first);
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

  get driver(): Projection {
    const [driver] = this.tables;
    if (driver === undefined) throw new TypeError("a relation has at least one table");
    return driver;
  }

  get driverFilters(): readonly Filter[] {
    return this.#ownFilters.get(this.driver) ?? [];
  }

  get isSingleTable(): boolean {
    return this.tables.length === 1 && this.#crossTableFilters.length === 0;
  }

  fromWhere(access: Access, more: readonly Sql[] = []): Required<Statement> {
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
    return { sql: from + where, values: parts.flatMap(({ values }) => values), ...this.#reads() };
  }

  conditions(): Required<Statement> | undefined {
    const own = this.tables.flatMap((table) => this.#conditions(this.#ownFilters.get(table) ?? [], table));
    const parts = [...own, ...this.#conditions(this.#crossTableFilters)];
    if (parts.length === 0) return undefined;
    const sql = parts.map(({ sql }) => sql).join(" AND ");
    return { sql, values: parts.flatMap(({ values }) => values), ...this.#reads() };
  }

  /** Whether a filter's reference reads the table, too, so that the statement needs further rows of it. */
  refersTo({ name }: Projection): boolean {
    return this.#referred().includes(name);
  }

  #referred(): readonly string[] {
    return [...this.#crossTableFilters, ...[...this.#ownFilters.values()].flat()].flatMap(tablesReferredBy);
  }

  #reads(): Required<Pick<Statement, "tables" | "members" | "names">> {
    const referred = this.#referred();
    const readOnce = this.tables.filter(({ name }) => !referred.includes(name));
    const filtersOf = (table: Projection) => this.#ownFilters.get(table) ?? [];
    return {
      tables: [...new Set([...this.tables.map(({ name }) => name), ...referred])],
      members: this.tables.filter((table) => filtersOf(table).some(readsMembers)).map(({ name }) => name),
      names: readOnce.flatMap((table) => namedBy(filtersOf(table), table)),
    };
  }

  #conditions(filters: readonly Filter[], table?: Projection): Sql[] {
    const database = this.#database;
    const statement: StatementTables = {
      table: (column) => {
        const projection = table ?? this.tables.find((one) => columnsByName(one).has(column)) ?? this.driver;
        return { alias: projection.name, projection };
      },
      referred(name, where) {
        const projection = database.projection(name);
        return { alias: "referred", projection, hint: lookUp(projection, [where]).hint };
      },
    };
    return filters.map((filter) => condition(filter, statement));
  }
}

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
 * The table of a search is read first. Without a search, the first is a table from which covering indexes lead to all
 * others.
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

export function needsScan(table: Projection, filter: Filter): boolean {
  if ("and" in filter) return filter.and.some((one) => needsScan(table, one));
  if ("or" in filter) return filter.or.some((one) => needsScan(table, one));
  if ("not" in filter) return needsScan(table, filter.not);
  if ("contains" in filter) return true;
  if ("anyOfFew" in filter) return false;
  const column = columnsByName(table).get(filter.column);
  return column !== undefined && "type" in column && column.type === "set";
}
