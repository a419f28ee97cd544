export type Scalar = string | number;
/** A row's value in a column; a set is an array. */
export type Value = Scalar | readonly string[] | null;

/** A condition on columns, as data. A comparison with null is false. */
export type Filter =
  | { readonly and: readonly Filter[] }
  | { readonly or: readonly Filter[] }
  | { readonly not: Filter }
  | ColumnFilter
  | Reference;

/**
 * For a set, `eq` and `in` hold if any member matches. `anyOfFew` is `in` for a set whose rows with these members are so
 * few that they are looked up in the table of the set's members.
 * `inMany` is `in` for thousands of values.
 * All bounds of a range must hold.
 */
export type ColumnFilter = { readonly column: string } & (
  | { readonly eq: Scalar }
  | { readonly in: readonly Scalar[] }
  | Range
  | { readonly prefix: string }
  | { readonly contains: string }
  | { readonly isNull: boolean }
  | { readonly anyOfFew: readonly string[] }
  | { readonly inMany: readonly string[] }
);

export interface Range {
  readonly gte?: Scalar;
  readonly gt?: Scalar;
  readonly lte?: Scalar;
  readonly lt?: Scalar;
}

/** A condition on another projection's row: the row whose key is in `column` matches `where`. */
export interface Reference {
  readonly column: string;
  readonly refersTo: string;
  readonly where: Filter;
}

/** The most important column first; no value may be null. Rows with equal values follow the order of keys. */
export type Order = readonly { readonly column: string; readonly descending?: boolean }[];

export function conjuncts(filters: readonly Filter[]): readonly Filter[] {
  return filters.flatMap((filter) => ("and" in filter ? conjuncts(filter.and) : filter));
}

export function columnsOf(filter: Filter): readonly string[] {
  if ("and" in filter) return filter.and.flatMap(columnsOf);
  if ("or" in filter) return filter.or.flatMap(columnsOf);
  if ("not" in filter) return columnsOf(filter.not);
  return [filter.column];
}

/** Whether a row matches the filter. Its columns must not convert values, as a column that ignores letter case does. */
export function matches(filter: Filter, read: (column: string) => Value): boolean {
  if ("and" in filter) return filter.and.every((one) => matches(one, read));
  if ("or" in filter) return filter.or.some((one) => matches(one, read));
  if ("not" in filter) return !matches(filter.not, read);
  if ("refersTo" in filter) throw new TypeError("a reference can only be resolved in SQL");
  const value = read(filter.column);
  if ("isNull" in filter) return isAbsent(value) === filter.isNull;
  if (value === null) return false;
  if (typeof value !== "string" && typeof value !== "number") return value.some((member) => holds(filter, member));
  return holds(filter, value);
}

function isAbsent(value: Value): boolean {
  return value === null || (typeof value === "object" && value.length === 0);
}

function holds(filter: ColumnFilter, value: Scalar): boolean {
  if ("eq" in filter) return value === filter.eq;
  if ("in" in filter) return filter.in.includes(value);
  if ("prefix" in filter) return String(value).startsWith(filter.prefix);
  if ("contains" in filter) return String(value).includes(filter.contains);
  if ("isNull" in filter) return false;
  if ("anyOfFew" in filter) return filter.anyOfFew.includes(String(value));
  if ("inMany" in filter) return filter.inMany.includes(String(value));
  const { gte, gt, lte, lt } = filter;
  return (
    (gte === undefined || compare(value, gte) >= 0) &&
    (gt === undefined || compare(value, gt) > 0) &&
    (lte === undefined || compare(value, lte) <= 0) &&
    (lt === undefined || compare(value, lt) < 0)
  );
}

/** Sorts as SQLite does: numbers by value, text by UTF-8 bytes. */
export function compare(a: Scalar, b: Scalar): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
}
