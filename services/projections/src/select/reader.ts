import { FleetError, isLimited } from "@fleetlog/domain";
import { columnsOf, type Filter, matches, type Order, type Scalar } from "../filter.ts";
import { columnOf, columnsByName, type Facet, type Projection } from "../projection.ts";
import { accessFor, resolved } from "./access.ts";
import { decodeCursor, encodeCursor, withState } from "./cursor.ts";
import { count, find, findFirst, storedOrder } from "./find.ts";
import { narrowed } from "./members.ts";
import { ANSWER_BYTES, fitting } from "./page.ts";
import { Join, type Relation, type Rows, tableOf } from "./relation.ts";
import { type ReaderScope, type Scoped, scoped } from "./scoped.ts";
import { decodeSet } from "./sets.ts";
import { quoted } from "./sql.ts";

export interface ListRequest {
  /** The list's name in cursors, different for each order. */
  readonly list: string;
  readonly filter: Filter;
  readonly order: Order;
  readonly limit: number;
  readonly cursor?: string | undefined;
  /** Rows change places in this list. If possible, later pages are read from the same state of the views as the first. */
  readonly moves?: boolean;
  readonly offset?: number | undefined;
  /** A cursor of the list that the page belongs to; only with `offset`. */
  readonly within?: string | undefined;
}

export interface Page<T> {
  readonly items: T[];
  readonly next: string | null;
  readonly total: number;
  /** The state from which the first page was read is gone: this page may miss or repeat rows that have moved since. */
  readonly changed?: true;
}

/** Columns to read, or `<projection>.row`, `.key`, `.seq`. A set is read as an array. */
export type Picked = Readonly<Record<string, string>>;

/** Reads rows for queries, within a scope. */
export class Reader {
  readonly #rows: Rows;
  readonly #scope: ReaderScope;
  /** Cached counts within a limited scope: a reader answers one query, during which no row changes. */
  readonly #counted = new Map<Facet, ReadonlyMap<string, number>>();
  readonly answerBytes: number;
  readonly #now: () => number;

  /** @param now milliseconds since 1970; for answers that compare times with the present */
  constructor(rows: Rows, scope: ReaderScope = {}, answerBytes: number = ANSWER_BYTES, now: () => number = Date.now) {
    this.#rows = rows;
    this.#scope = scope;
    this.answerBytes = answerBytes;
    this.#now = now;
  }

  get now(): number {
    return this.#now();
  }

  /** Whether the scope is limited to accounts. Then rows that a move has hidden are omitted. */
  get isWithinAccounts(): boolean {
    return this.#scope.accounts !== undefined;
  }

  page<T>(unscoped: Relation, request: ListRequest, read: (keys: readonly string[]) => readonly T[]): Page<T> {
    const { list, filter, order, limit, cursor, offset, within } = request;
    if (cursor !== undefined && offset !== undefined) {
      throw new FleetError("invalid-request", "offset and cursor exclude each other", { field: "offset" });
    }
    const { relation, filters } = this.#scoped(unscoped, filter);
    const types = storedOrder(this.#rows, relation, { filters, order }).columns.map(({ type }) => type);
    const from = cursor === undefined ? undefined : decodeCursor(list, cursor, types);
    const after = from?.position;
    const now = request.moves === true ? this.#changedAt(relation) : undefined;
    const since = (within === undefined ? from : decodeCursor(list, within, types, "within"))?.since ?? now;
    const known = this.#countInMemory(relation, filters);
    const wanted = {
      filters: narrowed(this.#rows, relation, filters),
      order,
      after,
      offset: offset ?? 0,
      limit: limit + 1,
    };
    const { total, found } = find(this.#rows, relation, wanted, known);
    const items = fitting(read(found.slice(0, limit).map(({ key }) => key)), this.answerBytes);
    const last = items.length === 0 || items.length === found.length ? undefined : found[items.length - 1];
    const state = last !== undefined && request.moves === true ? this.#rows.keep?.() : undefined;
    const next = last === undefined ? null : withState(encodeCursor(list, { position: last.position, since }), state);
    // A projector that is behind the first page's projector reports a change too.
    return { items: [...items], next, total, ...(since !== now && { changed: true }) };
  }

  #changedAt({ tables }: Relation): number {
    return Math.max(...tables.map(({ name }) => this.#rows.changedAt(name)));
  }

  keys(
    unscoped: Relation,
    filter: Filter,
    order: Order,
    { after, limit }: { readonly after?: readonly Scalar[]; readonly limit: number },
  ): readonly string[] {
    const { relation, filters } = this.#scoped(unscoped, filter);
    return findFirst(this.#rows, relation, { filters, order, after, limit }).map(({ key }) => key);
  }

  count(unscoped: Relation, filter: Filter): number {
    const { relation, filters } = this.#scoped(unscoped, filter);
    return (
      this.#countInMemory(relation, filters) ?? count(this.#rows, relation, narrowed(this.#rows, relation, filters))
    );
  }

  tally(unscoped: Relation, filter: Filter, column: string): ReadonlyMap<string, number> {
    const { relation, filters } = this.#scoped(unscoped, filter);
    const table = tableOf(relation, column);
    const join = new Join(this.#rows, relation, narrowed(this.#rows, relation, filters), { also: table });
    const from = join.fromWhere(accessFor(join.driver, join.driverFilters));
    const rows = this.#rows.select<{ value: Scalar; n: number }>({
      ...from,
      sql: `SELECT ${quoted(table.name, column)} AS value, count(*) AS n ${from.sql} GROUP BY 1`,
    });
    return new Map(rows.map(({ value, n }) => [String(value), n]));
  }

  counts(projection: Projection, column: string): ReadonlyMap<string, number> {
    if (!isLimited(this.#scope)) return this.#rows.counts(projection.name, column);
    const facet = projection.facets?.find((one) => one.column === column);
    if (facet === undefined) throw new TypeError(`${projection.name} does not count ${column}`);
    let counted = this.#counted.get(facet);
    if (counted === undefined) {
      this.#countInTable(projection, facet);
      counted = this.#counted.get(facet);
    }
    return counted ?? new Map();
  }

  /** Counts all facets of the same rows at once: looking up the scope costs the most. */
  #countInTable(projection: Projection, { among }: Facet): void {
    const facets = (projection.facets ?? []).filter(
      (one) => one.among?.column === among?.column && one.among?.is === among?.is,
    );
    const filter: Filter = { and: among === undefined ? [] : [{ column: among.column, eq: among.is }] };
    const { relation, filters } = this.#scoped({ tables: [projection] }, filter);
    const join = new Join(this.#rows, relation, narrowed(this.#rows, relation, filters), { also: projection });
    const access = accessFor(join.driver, join.driverFilters);
    // Without filters the whole first table is read, where an index would only add reads.
    const from = join.fromWhere(join.driverFilters.length === 0 ? { ...access, hint: "" } : access);
    const columns = facets.map(({ column }, i) => `${quoted(projection.name, column)} AS v${i}`);
    const groups = facets.map((_, i) => i + 1).join(", ");
    const rows = this.#rows.select<Record<string, Scalar | null>>({
      ...from,
      sql: `SELECT ${columns.join(", ")}, count(*) AS n ${from.sql} GROUP BY ${groups}`,
    });
    for (const [i, facet] of facets.entries()) {
      const found = columnOf(projection, facet.column);
      const isSet = "type" in found && found.type === "set";
      const counts = new Map<string, number>();
      for (const row of rows) {
        const value = row[`v${i}`];
        if (value === null || value === undefined) continue;
        const n = Number(row.n);
        if (!isSet) counts.set(String(value), (counts.get(String(value)) ?? 0) + n);
        else for (const one of decodeSet(String(value))) counts.set(one, (counts.get(one) ?? 0) + n);
      }
      this.#counted.set(facet, counts);
    }
  }

  /** In the order of the keys; missing rows are omitted. */
  rows<Row>(unscoped: Relation, keys: readonly string[], pick: Picked): Row[] {
    const { relation, filters } = this.#scoped(unscoped, { and: [] });
    const [table, ...others] = relation.tables;
    if (table === undefined || keys.length === 0) return [];
    const columns = Object.entries(pick).map(([name, column]) => ({ name, ...columnSql(relation, column) }));
    const key = quoted(table.name, "key");
    const joins = others.map((other) => ` CROSS JOIN ${other.name} ON ${quoted(other.name, "key")} = ${key}`);
    const join = new Join(this.#rows, relation, filters, { first: table });
    const within = join.conditions();
    const readOnce = relation.tables.filter((one) => !join.refersTo(one));
    const rows = this.#rows.select<Record<string, unknown>>({
      sql: `SELECT ${columns.map(({ name, sql }) => `${sql} AS "${name}"`).join(", ")} FROM json_each(?) wanted
       CROSS JOIN ${table.name} ON ${key} = wanted.value${joins.join("")}
       ${within === undefined ? "" : `WHERE ${within.sql}`} ORDER BY wanted.key`,
      values: [JSON.stringify(keys), ...(within?.values ?? [])],
      tables: [...new Set([...relation.tables.map(({ name }) => name), ...(within?.tables ?? [])])],
      members: within?.members ?? [],
      names: [...readOnce.map(({ name }) => ({ table: name, column: "key", values: keys })), ...(within?.names ?? [])],
    });
    const sets = columns.filter(({ isSet }) => isSet);
    for (const row of rows) for (const { name } of sets) row[name] = decodeSet(String(row[name]));
    return rows as Row[];
  }

  #scoped(relation: Relation, filter: Filter): Scoped {
    return scoped(this.#rows, this.#scope, relation, filter);
  }

  #countInMemory({ tables }: Relation, filters: readonly Filter[]): number | undefined {
    for (const table of tables) {
      const column = countedColumn(table, filters);
      if (column === undefined) continue;
      let total = 0;
      for (const [value, n] of this.#rows.counts(table.name, column)) {
        if (filters.every((filter) => matches(resolved(table, filter), () => value))) total += n;
      }
      return total;
    }
    return undefined;
  }
}

function countedColumn(table: Projection, filters: readonly Filter[]): string | undefined {
  const known = columnsByName(table);
  if (!filters.every((filter) => !("refersTo" in filter) && columnsOf(filter).every((name) => known.has(name)))) {
    return undefined;
  }
  const asked = new Set(filters.flatMap((filter) => columnsOf(resolved(table, filter))));
  const facet = table.facets?.find(({ column, complete }) => complete && [...asked].every((one) => one === column));
  return facet?.column;
}

function columnSql(relation: Relation, column: string): { readonly sql: string; readonly isSet: boolean } {
  const [name = "", own] = column.split(".");
  const table = own === undefined ? tableOf(relation, name) : relation.tables.find((one) => one.name === name);
  if (table === undefined) throw new TypeError(`there is no ${column}`);
  const found = own === undefined ? columnOf(table, name) : undefined;
  return {
    sql: quoted(table.name, own ?? name),
    isSet: found !== undefined && "type" in found && found.type === "set",
  };
}
