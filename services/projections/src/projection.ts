import { type Category, type RecordedEvent, type StreamName, streamOf } from "@fleetlog/domain";
import type { Filter, Value } from "./filter.ts";

/** A row is plain JSON. */
export interface ViewRow {
  /** Log sequence of the newest event that changed the row. */
  readonly seq: number;
}

/** The rows that an event may change: the row with this key, or all rows with this value in a column. */
export type Touched =
  | NamedRow
  | ({
      readonly column: string;
      readonly value: string;
      /** If `key` is given, the row with this key, too, after all rows found by the column. */
    } & Partial<NamedRow>);

interface NamedRow {
  readonly key: string;
  /** No row has this key before this event, for instance because the key is the event's sequence. */
  readonly isNew?: true;
}

/** A value extracted from the row, for filters and orders. */
export interface Column<Row extends ViewRow = ViewRow> {
  readonly name: string;
  readonly type: "text" | "integer" | "set";
  /** The value never changes, so updates need not write it. */
  readonly fixed?: true;
  /** A second table maps each member of the set to the rows that have the member. */
  readonly memberTable?: true;
  /** Few rows share a value, so `eq` prefers this column's index. */
  readonly selective?: true;
  /** Folds stored values and filter values, for instance to lower case. */
  readonly fold?: (text: string) => string;
  /** Orders use this second column, which has the text folded. Its index also finds equal texts. */
  readonly orderedBy?: { readonly column: string; readonly fold: (text: string) => string };
  /** "" means no value, and comes last in either direction. */
  readonly blanksLast?: true;
  of(row: Row): Value;
}

/** A column that is not stored: 1 if the filter on other columns holds, else 0. Only `eq` is allowed. */
export interface DerivedColumn {
  readonly name: string;
  readonly is: Filter;
}

export interface ViewIndex {
  readonly on: readonly string[];
  readonly where?: Filter;
}

/** A column whose values are counted in memory, from the first query on. */
export interface Facet {
  readonly column: string;
  /** Every row has a value, so the counts add up to the number of rows. */
  readonly complete?: true;
  readonly among?: { readonly column: string; readonly is: string | number };
}

/**
 * Where a row's account and tags are, for scopes.
 *
 * `own`: in the columns `account` and `tags`.
 *
 * `account`: in the column `account`. The row has no tags, and is in every scope of tags.
 *
 * `shared`: the row has neither, and is in every scope.
 *
 * `{ column, to }`: in the row of projection `to` that has the key in `column`.
 */
export type Belongs =
  | "own"
  | "account"
  | "shared"
  | {
      readonly column: string;
      readonly to: string;
      /** 1 in rows that a move has hidden from scopes of accounts. */
      readonly hidden?: string;
      /**
       * The column of the account for rows with "" in `column`. Such rows have no tags.
       *
       * An account "" means the whole installation.
       */
      readonly elseAccount?: string;
    };

/**
 * A table of rows built from events. `touches` names the rows that an event may change; `evolve` returns the new row
 * with the event's `seq`, or the same row if nothing changes.
 */
export interface Projection<Row extends ViewRow = ViewRow> {
  /** The table's name, and the `<projection>` of `changed.<projection>`. */
  readonly name: string;
  /** Raise for every change of the rows' format or meaning; the view is then rebuilt. */
  readonly version: number;
  readonly categories: readonly Category[];
  readonly belongs: Belongs;
  touches(event: RecordedEvent): Touched | undefined;
  /** The columns that `touches` may name; default none. */
  readonly foundBy?: readonly string[];
  evolve(row: Row | undefined, event: RecordedEvent): Row | undefined;
  /** Whether events will hardly change this row any more. A build writes such rows early, and frees their memory. */
  isSettled?(row: Row): boolean;
  /** A unique integer, in whose order the table is stored: give new rows larger numbers. */
  ordinal?(row: Row): number;
  /** Keeps only this many rows, with the largest ordinals. Not for projections with facets or member tables. */
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

export function streamOfProjection({ name, categories }: Projection): StreamName {
  const [stream, ...others] = new Set(categories.map(streamOf));
  if (stream === undefined || others.length > 0) throw new TypeError(`${name} must read one stream`);
  return stream;
}

/** Ignores an event that is not newer than the row. */
export function advance<Row extends ViewRow>(
  projection: Projection<Row>,
  row: Row | undefined,
  event: RecordedEvent,
): Row | undefined {
  return row !== undefined && event.seq <= row.seq ? row : projection.evolve(row, event);
}
