import type { Category, RecordedEvent } from "@fleetlog/domain";

/** `seq`: log sequence of the newest event that changed the row. Rows are plain JSON. */
export interface ViewRow {
  readonly seq: number;
}

/** The rows that an event may change: one by its key, or all whose column has a value. */
export type Touched = { readonly key: string } | { readonly column: string; readonly value: string };

/** A value taken out of the row for filters and sorting. */
export interface Column<Row extends ViewRow> {
  readonly name: string;
  readonly type: "TEXT" | "INTEGER";
  /** Never changes in a row's life, so that updates leave it and its indexes alone. */
  readonly fixed?: true;
  of(row: Row): string | number | null;
}

export interface ViewIndex {
  readonly on: readonly string[];
  /** SQL condition of a partial index. */
  readonly where?: string;
}

/** A column whose values are counted over all rows, in memory, from the first time that somebody asks. */
export interface Facet {
  readonly column: string;
  /** The column holds several values, each with this before and after it. */
  readonly separator?: string;
  /** Only rows whose other column has that value. */
  readonly among?: { readonly column: string; readonly is: string | number };
}

/**
 * A read model as data: what it reads, which rows an event touches, and how a row evolves. Pure. `evolve` returns the
 * row itself when the event changes nothing, and gives a changed row the event's `seq`.
 */
export interface Projection<Row extends ViewRow = ViewRow> {
  /** The table's name, and the `<view>` of `changed.<view>`. */
  readonly name: string;
  /** Raised with every change of what rows look like or mean: the view is then rebuilt. */
  readonly version: number;
  readonly categories: readonly Category[];
  touches(event: RecordedEvent): Touched | undefined;
  evolve(row: Row | undefined, event: RecordedEvent): Row | undefined;
  /** A whole number that is unique to the row and grows: the table is stored in this order. */
  ordinal?(row: Row): number;
  readonly columns: readonly Column<Row>[];
  readonly indexes: readonly ViewIndex[];
  readonly facets?: readonly Facet[];
}

/** {@link Projection.evolve}, guarded: what the row was made from already, or is older, changes nothing. */
export function advance<Row extends ViewRow>(
  projection: Projection<Row>,
  row: Row | undefined,
  event: RecordedEvent,
): Row | undefined {
  return row !== undefined && event.seq <= row.seq ? row : projection.evolve(row, event);
}
