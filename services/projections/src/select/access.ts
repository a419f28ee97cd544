import { type ColumnFilter, columnsOf, type Filter } from "../filter.ts";
import { columnOf, type Projection, type ViewIndex } from "../projection.ts";
import { literalCondition } from "./sql.ts";

/** A statement gets slower with each way, and SQLite allows 500 in one. */
const MAX_WAYS = 100;

/** How to read a table. SQLite has no statistics here, so the statement names the index. */
export interface Access {
  /** ` INDEXED BY …`, ` NOT INDEXED`, or "" if SQLite may choose. */
  readonly hint: string;
  readonly filters: readonly Filter[];
  /** The condition of a partial index, word for word, which SQLite requires for using the index. */
  readonly implied: string | undefined;
  readonly ordered: boolean;
  /** Whether the filters match all, or nearly all, of the rows to which the index leads. */
  readonly exact: boolean;
  readonly index: ViewIndex | undefined;
}

interface Facts {
  /** Columns restricted to one value; without an order, also to several values. */
  readonly fixed: ReadonlySet<string>;
  readonly bounded: ReadonlySet<string>;
  readonly selective: ReadonlySet<string>;
}

/**
 * Chooses an index. With `order`, rows come in the order of these columns, which all have one direction. Without it,
 * the index leads to few rows, or covers all needed columns.
 */
export function accessFor(projection: Projection, given: readonly Filter[], order: readonly string[] = []): Access {
  const filters = given.map((filter) => resolved(projection, filter));
  const facts = factsOf(projection, filters, order.length === 0);
  const candidates = projection.indexes.flatMap((index) => candidate(projection, index, filters, facts, order));
  // The table itself is stored in the order of the ordinal.
  if (order.length === 1 && order[0] === "ordinal" && !facts.fixed.has("ordinal")) {
    candidates.push({ rank: [0, 0, 0, 0, 0], access: byTable(filters) });
  }
  const best = candidates.reduce<Candidate | undefined>((a, b) => (a && outranks(a, b) ? a : b), undefined);
  return (
    best?.access ?? {
      hint: "",
      filters,
      implied: undefined,
      ordered: order.length === 0,
      exact: false,
      index: undefined,
    }
  );
}

/**
 * Looks up rows by key, if possible in a covering index; an index that starts with the key needs the fewest
 * comparisons.
 */
export function lookUp(projection: Projection, given: readonly Filter[]): Access {
  const filters = given.map((filter) => resolved(projection, filter));
  const { indexes } = projection;
  const covering = indexes.filter((one) => one.where === undefined && covers(projection, one, filters));
  const index =
    covering.find(({ on }) => on[0] === "key") ??
    covering.find(({ on }) => filters.some((filter) => "eq" in filter && filter.column === on[0]) && on[1] === "key");
  const hint = index === undefined ? "" : ` INDEXED BY ${indexName(projection, index)}`;
  return { hint, filters, implied: undefined, ordered: true, exact: true, index };
}

/**
 * Ways to read the table: together they find all matches, and each way finds its matches in order. A filter by several
 * values, but not by very many, is split if an index yields each value's rows in order.
 */
export function branchesFor(
  projection: Projection,
  given: readonly Filter[],
  order: readonly string[],
): readonly Access[] {
  const whole = accessFor(projection, given, order);
  const several = whole.filters.find((filter) => isPlain(filter) && "in" in filter && !isSet(projection, filter));
  if (whole.exact || several === undefined || !("in" in several)) return [whole];
  const groups = new Map<string, (string | number)[]>();
  for (const value of new Set(several.in)) {
    const { hint, index } = accessFor(
      projection,
      replaced(given, several, { column: several.column, eq: value }),
      order,
    );
    const plan = index?.on.includes(several.column) ? `${hint} ${value}` : hint;
    groups.set(plan, [...(groups.get(plan) ?? []), value]);
  }
  if (groups.size < 2 || groups.size > MAX_WAYS) return [whole];
  return [...groups.values()].map((values) =>
    accessFor(projection, replaced(given, several, { column: several.column, in: values }), order),
  );
}

function replaced(filters: readonly Filter[], one: Filter, by: Filter): readonly Filter[] {
  return filters.map((filter) => (filter === one ? by : filter));
}

function isSet(projection: Projection, { column }: ColumnFilter): boolean {
  const found = columnOf(projection, column);
  return !("is" in found) && found.type === "set";
}

interface Candidate {
  readonly rank: readonly number[];
  readonly access: Access;
}

function candidate(
  projection: Projection,
  index: ViewIndex,
  filters: readonly Filter[],
  facts: Facts,
  order: readonly string[],
): Candidate[] {
  const left = index.where === undefined ? filters : impliedBy(filters, index.where);
  if (left === undefined) return [];
  let prefixLength = 0;
  while (facts.fixed.has(index.on[prefixLength] ?? "")) prefixLength++;
  const leading = index.on.slice(0, prefixLength);
  const ordered = order.length > 0 && yieldsOrder(projection, index.on.slice(prefixLength), order, facts);
  if (order.length > 0 && !ordered) return [];
  const bounded = order.length === 0 && facts.bounded.has(index.on[prefixLength] ?? "") ? 1 : 0;
  const selective = leading.some((column) => facts.selective.has(column)) ? 1 : 0;
  const isCovering = covers(projection, index, left, order) ? 1 : 0;
  if (order.length === 0 && selective === 0 && isCovering === 0) return [];
  const name = indexName(projection, index);
  const access: Access = {
    hint: ` INDEXED BY ${name}`,
    filters: left,
    implied: index.where === undefined ? undefined : literalCondition(index.where, projection),
    ordered: ordered || order.length === 0,
    exact: selective === 1 || left.every((filter) => isPlain(filter) && leading.includes(filter.column)),
    index,
  };
  return [
    {
      rank: [selective, isCovering, prefixLength + bounded, index.where === undefined ? 0 : 1, -index.on.length],
      access,
    },
  ];
}

function byTable(filters: readonly Filter[]): Access {
  return {
    hint: " NOT INDEXED",
    filters,
    implied: undefined,
    ordered: true,
    exact: filters.length === 0,
    index: undefined,
  };
}

function outranks(a: Candidate, b: Candidate): boolean {
  const at = a.rank.findIndex((value, i) => value !== b.rank[i]);
  return at < 0 || (a.rank[at] ?? 0) > (b.rank[at] ?? 0);
}

/** Replaces derived columns by their definitions, and `in` of one value by `eq`. */
export function resolved(projection: Projection, filter: Filter): Filter {
  if ("not" in filter) return { not: resolved(projection, filter.not) };
  if ("or" in filter) return { or: filter.or.map((one) => resolved(projection, one)) };
  if ("and" in filter) return { and: filter.and.map((one) => resolved(projection, one)) };
  if ("refersTo" in filter) return filter;
  const column = columnOf(projection, filter.column);
  if ("is" in column) return "eq" in filter && filter.eq === 1 ? column.is : { not: column.is };
  const [only, ...others] = "in" in filter ? filter.in : [];
  return only === undefined || others.length > 0 ? filter : { column: filter.column, eq: only };
}

function isPlain(filter: Filter): filter is ColumnFilter {
  return "column" in filter && !("refersTo" in filter);
}

function factsOf(projection: Projection, filters: readonly Filter[], unordered: boolean): Facts {
  const fixed = new Set<string>();
  const bounded = new Set<string>();
  const selective = new Set<string>();
  for (const filter of filters) {
    if (!isPlain(filter)) continue;
    const column = columnOf(projection, filter.column);
    if ("anyOfFew" in filter && unordered) {
      fixed.add("key");
      selective.add("key");
    }
    if ("is" in column || column.type === "set") continue;
    if ("eq" in filter || (unordered && "in" in filter)) {
      fixed.add(filter.column);
      if (column.orderedBy !== undefined && "eq" in filter) fixed.add(column.orderedBy.column);
      if (column.selective) selective.add(filter.column);
    } else if ("gte" in filter || "gt" in filter || "lte" in filter || "lt" in filter || "prefix" in filter) {
      bounded.add(filter.column);
    }
  }
  return { fixed, bounded, selective };
}

/** Every index implicitly ends with the ordinal. */
function yieldsOrder(
  projection: Projection,
  rest: readonly string[],
  order: readonly string[],
  { fixed }: Facts,
): boolean {
  const kept = projection.ordinal === undefined ? rest : [...rest, "ordinal"];
  return order.filter((column) => !fixed.has(column)).every((column, i) => kept[i] === column);
}

function covers(
  projection: Projection,
  { on }: ViewIndex,
  filters: readonly Filter[],
  order: readonly string[] = [],
): boolean {
  const held = new Set(projection.ordinal === undefined ? on : [...on, "ordinal"]);
  return [...order, ...filters.flatMap((filter) => readBy(projection, filter))].every((column) => held.has(column));
}

function readBy(projection: Projection, filter: Filter): readonly string[] {
  return columnsOf(filter).flatMap((name) => {
    const column = columnOf(projection, name);
    if ("is" in column) return columnsOf(column.is);
    return column.orderedBy !== undefined && "eq" in filter ? [name, column.orderedBy.column] : name;
  });
}

/** The filters that remain to be checked; undefined if the filters do not imply the index's condition. */
function impliedBy(filters: readonly Filter[], where: Filter): readonly Filter[] | undefined {
  const condition = where as ColumnFilter;
  for (const filter of filters) {
    if (!isPlain(filter) || filter.column !== condition.column) continue;
    if ("isNull" in condition) {
      if (!condition.isNull && !("isNull" in filter)) return filters;
      continue;
    }
    const [allowed, asked] = [among(condition), among(filter)];
    if (allowed === undefined || asked === undefined || !asked.every((value) => allowed.includes(value))) continue;
    return asked.length === allowed.length ? filters.filter((one) => one !== filter) : filters;
  }
  return undefined;
}

function among(filter: ColumnFilter): readonly unknown[] | undefined {
  if ("in" in filter) return [...new Set(filter.in)];
  return "eq" in filter ? [filter.eq] : undefined;
}

export function indexName({ name }: Pick<Projection, "name">, { on, where }: ViewIndex): string {
  return `${name}_by_${on.join("_")}${where === undefined ? "" : "_part"}`;
}
