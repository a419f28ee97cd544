import { type Category, type RecordedEvent, type StreamName, streamOf } from "@fleetlog/domain";
import type { Filter, Value } from "./select/filter.ts";

/** `seq`: log sequence of the newest event that changed the row. Rows are plain JSON. */
export interface ViewRow {
  readonly seq: number;
}

/** The rows that an event may change: one by its key, or all whose column has a value. */
export type Touched = { readonly key: string } | { readonly column: string; readonly value: string };

/** A value taken out of the row for filters and orders. */
export interface Column<Row extends ViewRow = ViewRow> {
  readonly name: string;
  /** `set`: several texts, without order. */
  readonly type: "text" | "integer" | "set";
  /** Never changes in a row's life, so that updates leave it and its indexes alone. */
  readonly fixed?: true;
  /** Few rows have the same value: whoever asks for one is best served by an index of it. */
  readonly narrow?: true;
  /** The text is kept folded, and what it is compared with is folded too. */
  readonly fold?: (text: string) => string;
  /** Another column, with this one's text folded, by which rows are ordered; an index of it finds equal texts too. */
  readonly orderedBy?: { readonly column: string; readonly fold: (text: string) => string };
  /** An empty text stands for none, and comes last in either direction. */
  readonly blanksLast?: true;
  of(row: Row): Value;
}

/** A column that is not stored: 1 where the filter on other columns holds, else 0. It is asked for by `eq` alone. */
export interface DerivedColumn {
  readonly name: string;
  readonly is: Filter;
}

export interface ViewIndex {
  readonly on: readonly string[];
  /** Of a partial index. */
  readonly where?: Filter;
}

/** A column whose values are counted over all rows, in memory, from the first time that somebody asks. */
export interface Facet {
  readonly column: string;
  /** Every row has a value: all counts together are the number of rows. */
  readonly complete?: true;
  /** Only rows whose other column has that value. */
  readonly among?: { readonly column: string; readonly is: string | number };
}

/**
 * Whose a row is. `own`: it has the columns `account` and `tags`. A reference: it is whose the row is, in another
 * projection, whose key stands in a column. `shared`: it belongs to the installation, and no scope hides it.
 */
export type Belongs = "own" | "shared" | { readonly column: string; readonly to: string };

/**
 * A read model as data: what it reads, which rows an event touches, and how a row evolves. Pure. `evolve` returns the
 * row itself when the event changes nothing, and gives a changed row the event's `seq`.
 */
export interface Projection<Row extends ViewRow = ViewRow> {
  /** The table's name, and the `<view>` of `changed.<view>`. */
  readonly name: string;
  /** Raised with every change of what rows look like or mean: the view is then rebuilt. */
  readonly version: number;
  /** All of one stream. */
  readonly categories: readonly Category[];
  readonly belongs: Belongs;
  touches(event: RecordedEvent): Touched | undefined;
  evolve(row: Row | undefined, event: RecordedEvent): Row | undefined;
  /** A whole number that is unique to the row and grows: the table is stored in this order. */
  ordinal?(row: Row): number;
  readonly columns: readonly Column<Row>[];
  readonly derived?: readonly DerivedColumn[];
  readonly indexes: readonly ViewIndex[];
  readonly facets?: readonly Facet[];
}

const IMPLICIT: readonly Column[] = [
  { name: "key", type: "text", fixed: true, narrow: true, of: () => null },
  { name: "seq", type: "integer", of: ({ seq }) => seq },
];
const ORDINAL: Column = { name: "ordinal", type: "integer", fixed: true, narrow: true, of: () => null };
const known = new WeakMap<Projection, ReadonlyMap<string, Column | DerivedColumn>>();

/** Columns by name, with those that every table has. */
export function columnsByName(projection: Projection): ReadonlyMap<string, Column | DerivedColumn> {
  let columns = known.get(projection);
  if (columns === undefined) {
    const { columns: own, derived = [], ordinal } = projection;
    const all = [...IMPLICIT, ...(ordinal === undefined ? [] : [ORDINAL]), ...own, ...derived];
    columns = new Map(all.map((column) => [column.name, column]));
    known.set(projection, columns);
  }
  return columns;
}

export function columnOf(projection: Projection, name: string): Column | DerivedColumn {
  const column = columnsByName(projection).get(name);
  if (column === undefined) throw new TypeError(`${projection.name} has no column ${name}`);
  return column;
}

/** The stream that a projection is made of. */
export function streamOfProjection({ name, categories }: Projection): StreamName {
  const [stream, ...others] = new Set(categories.map(streamOf));
  if (stream === undefined || others.length > 0) throw new TypeError(`${name} must read one stream`);
  return stream;
}

/** {@link Projection.evolve}, guarded: what the row was made from already, or is older, changes nothing. */
export function advance<Row extends ViewRow>(
  projection: Projection<Row>,
  row: Row | undefined,
  event: RecordedEvent,
): Row | undefined {
  return row !== undefined && event.seq <= row.seq ? row : projection.evolve(row, event);
}
