import { type Category, type RecordedEvent, type StreamName, streamOf } from "@fleetlog/domain";
import type { Filter, Value } from "./select/filter.ts";

/** A row is plain JSON. */
export interface ViewRow {
  /** Log sequence of the newest event that changed the row. */
  readonly seq: number;
}

/** The rows that an event may change: the row with this key, or all rows with this value in a column. */
export type Touched =
  | { readonly key: string }
  | {
      readonly column: string;
      readonly value: string;
      /** Also this row, after the others. */
      readonly key?: string;
    };

/** A value extracted from the row, for filters and orders. */
export interface Column<Row extends ViewRow = ViewRow> {
  readonly name: string;
  /** `set`: several texts, without order. */
  readonly type: "text" | "integer" | "set";
  /** Never changes, so that updates need not write it or its indexes. */
  readonly fixed?: true;
  /** For a set: a table of its members leads to the rows that have one. */
  readonly memberTable?: true;
  /** Few rows share a value, so for `eq` on this column its index is the best choice. */
  readonly selective?: true;
  /** Values are stored folded (for instance in lower case); filter values are folded before they are compared. */
  readonly fold?: (text: string) => string;
  /**
   * A second column with this column's text folded: orders use the second column, and its index also finds equal texts.
   */
  readonly orderedBy?: { readonly column: string; readonly fold: (text: string) => string };
  /** "" means no value, and comes last in either direction. */
  readonly blanksLast?: true;
  of(row: Row): Value;
}

/** A column that is not stored: 1 if the filter on other columns holds, else 0. Only `eq` is allowed on it. */
export interface DerivedColumn {
  readonly name: string;
  readonly is: Filter;
}

export interface ViewIndex {
  readonly on: readonly string[];
  /** The condition of a partial index. */
  readonly where?: Filter;
}

/** A column whose values are counted over all rows, in memory, from the first query on. */
export interface Facet {
  readonly column: string;
  /** Every row has a value, so the counts add up to the number of rows. */
  readonly complete?: true;
  /** Count only rows with this value in another column. */
  readonly among?: { readonly column: string; readonly is: string | number };
}

/**
 * Where a row's account and tags are (scopes filter by both). `own`: in its columns `account` and `tags`.
 * `account`: it
 * has a column `account` and no tags, and is within every scope of tags. `{ column, to }`: in the row of projection `to` whose
 * key is in `column`. `shared`: the row has none, and is within every scope.
 */
export type Belongs =
  | "own"
  | "account"
  | "shared"
  | {
      readonly column: string;
      readonly to: string;
      /** A column that is 1 in rows that a scope of accounts leaves out, because a move has hidden them. */
      readonly hidden?: string;
      /**
       * Rows with "" in `column` refer to no other row: they belong to the account in this column, and have no tags. "" here
       * too: they belong to the whole installation.
       */
      readonly elseAccount?: string;
    };

/**
 * A table of rows built from events, as data and pure functions. `touches` names the rows that an event may change. `evolve`
 * makes the new row: it returns the same row if the event changes nothing, and gives a changed row the event's `seq`.
 */
export interface Projection<Row extends ViewRow = ViewRow> {
  /** The table's name, and the `<projection>` of `changed.<projection>`. */
  readonly name: string;
  /** Raise it with every change of the rows' format or meaning: the view is then rebuilt. */
  readonly version: number;
  /** The categories of events that it reads, all of one stream. */
  readonly categories: readonly Category[];
  readonly belongs: Belongs;
  touches(event: RecordedEvent): Touched | undefined;
  evolve(row: Row | undefined, event: RecordedEvent): Row | undefined;
  /** A unique integer; the table is stored in this order, so new rows should have larger numbers. */
  ordinal?(row: Row): number;
  /** Only this many rows are kept, those with the largest ordinals. Not for projections with facets or member tables. */
  readonly newest?: number;
  readonly columns: readonly Column<Row>[];
  readonly derived?: readonly DerivedColumn[];
  readonly indexes: readonly ViewIndex[];
  readonly facets?: readonly Facet[];
}

const IMPLICIT: readonly Column[] = [
  { name: "key", type: "text", fixed: true, selective: true, of: () => null },
  { name: "seq", type: "integer", of: ({ seq }) => seq },
];
const ORDINAL: Column = { name: "ordinal", type: "integer", fixed: true, selective: true, of: () => null };
const known = new WeakMap<Projection, ReadonlyMap<string, Column | DerivedColumn>>();

/** Columns by name, including those of every table. */
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

/** The stream that a projection reads. */
export function streamOfProjection({ name, categories }: Projection): StreamName {
  const [stream, ...others] = new Set(categories.map(streamOf));
  if (stream === undefined || others.length > 0) throw new TypeError(`${name} must read one stream`);
  return stream;
}

/** Calls {@link Projection.evolve}, unless the row already includes the event or a newer one. */
export function advance<Row extends ViewRow>(
  projection: Projection<Row>,
  row: Row | undefined,
  event: RecordedEvent,
): Row | undefined {
  return row !== undefined && event.seq <= row.seq ? row : projection.evolve(row, event);
}
