import { CHANGES, changeColumns } from "./change-table.ts";
import type { Folder } from "./folder.ts";
import { type Base, type Manifest, nextVersionOf, seqOf } from "./manifest.ts";
import {
  EVENTS,
  eventColumns,
  namesOf,
  parquet,
  quotedText,
  type TableColumn,
  type TableShape,
  versionColumns,
} from "./tables.ts";

const ALL: Required<Span> = { after: 0, upTo: Number.MAX_SAFE_INTEGER };

type FilePaths = Pick<Folder, "of">;

/** Where the newest rows are. */
export interface TailTables {
  /** SQL after FROM, of all rows of a table added so far; undefined without rows. */
  tableOf(name: string): string | undefined;
}

/** Rows with one of the values in a column whose values never change. */
export interface Only {
  readonly column: string;
  readonly values: readonly (string | number)[];
}

export interface Selection {
  /** Reads no other rows. */
  readonly only?: Only | undefined;
  /** A table with the rows of {@link newestSql}, which are then not searched again. */
  readonly newest?: string | undefined;
}

/** Rows whose versions after the newest base are known. */
export interface Picked {
  readonly only: Only;
  /** The newest version of each row that has one after the newest base. */
  readonly changed: readonly { readonly id: string | number; readonly version: number }[];
}

/**
 * SQL of the rows as of a sequence. They come from the newest base up to it, and from the versions between that base and the
 * sequence, in segments and tail. A key with such versions has the newest of them, and any other key is as in the base.
 */
export function asOfSql(
  manifest: Manifest,
  tail: TailTables,
  folder: FilePaths,
  projection: TableShape,
  seq: number,
  { only, newest: made }: Selection = {},
): string | undefined {
  const columns = namesOf(versionColumns(projection));
  const { changed, unchanged } = versionsUpTo(manifest, tail, folder, projection, seq, only);
  if (changed === undefined) return unchanged;
  const id = idOf(projection);
  const table = made ?? "newest";
  const parts = [
    `SELECT ${columns} FROM (${changed}) WHERE version IN (SELECT version FROM ${table})`,
    ...(unchanged === undefined ? [] : [`SELECT ${columns} FROM (${unchanged}) ANTI JOIN ${table} USING (${id})`]),
  ].join(" UNION ALL ");
  const rows = made === undefined ? `WITH newest AS MATERIALIZED (${newestOf(changed, id)}) ${parts}` : parts;
  return limited(projection, rows);
}

/** As {@link asOfSql}, but reads only the files and row groups that have the versions. */
export function pickedSql(
  manifest: Manifest,
  tail: TailTables,
  folder: FilePaths,
  projection: TableShape,
  seq: number,
  { only, changed }: Picked,
): string | undefined {
  const { name } = projection;
  const columns = namesOf(versionColumns(projection));
  const versions = changed.map(({ version }) => version);
  const having = manifest.segments.filter(({ firstVersion, versions: count }) =>
    versions.some((version) => version >= firstVersion && version < firstVersion + count),
  );
  const files = having.flatMap(({ tables }) => tables[name]?.name ?? []);
  const isInTail = versions.some((version) => version >= nextVersionOf(manifest));
  const table = isInTail ? tail.tableOf(name) : undefined;
  const left = unchangedOf(
    only,
    idOf(projection),
    changed.map(({ id }) => id),
  );
  const base = left.length === 0 ? undefined : baseOf(manifest, projection, seq);
  const parts = [
    union(folder, files, table, columns, [conditionOf({ column: "version", values: versions })]),
    base && union(folder, [base.name], undefined, columns, left),
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : limited(projection, parts.join(" UNION ALL "));
}

/** Conditions of the rows of a base that have not changed; none if all have. */
function unchangedOf(only: Only, id: string, changed: readonly (string | number)[]): readonly string[] {
  if (only.column !== id) {
    return [
      conditionOf(only),
      ...(changed.length === 0 ? [] : [`NOT ${conditionOf({ column: id, values: changed })}`]),
    ];
  }
  const ids = new Set(changed);
  const values = only.values.filter((value) => !ids.has(value));
  return values.length === 0 ? [] : [conditionOf({ column: id, values })];
}

function limited({ newest }: TableShape, rows: string): string {
  return newest === undefined ? rows : `SELECT * FROM (${rows}) ORDER BY ordinal DESC LIMIT ${newest}`;
}

/**
 * SQL of the rows that have a version after the newest base, a file of all rows at one sequence. Each has its id, in
 * the column that {@link idOf} names, and its newest version up to `seq`. Undefined if no row can have a version after
 * the base.
 */
export function newestSql(
  manifest: Manifest,
  tail: TailTables,
  folder: FilePaths,
  projection: TableShape,
  seq: number,
  only?: Only,
): string | undefined {
  const { changed } = versionsUpTo(manifest, tail, folder, projection, seq, only);
  return changed === undefined ? undefined : newestOf(changed, idOf(projection));
}

/** SQL of the sequence of the newest version up to a sequence. */
export function changedAtSql(
  manifest: Manifest,
  tail: TailTables,
  folder: FilePaths,
  projection: TableShape,
  seq: number,
): string {
  const { changed, unchanged } = versionsUpTo(manifest, tail, folder, projection, seq);
  const all = [changed, unchanged].filter((one) => one !== undefined);
  return `SELECT max(seq) AS seq FROM (${all.length === 0 ? "SELECT NULL AS seq" : all.join(" UNION ALL ")})`;
}

function newestOf(changed: string, id: string): string {
  return `SELECT ${id}, max(version) AS version FROM (${changed}) GROUP BY ${id}`;
}

/** The column that identifies rows: the ordinal if there is one, which is as unique as the key and is a number. */
export function idOf({ ordinal }: TableShape): string {
  return ordinal === undefined ? "key" : "ordinal";
}

/** SQL of the rows of the newest base up to the sequence, and of all versions between that base and the sequence. */
function versionsUpTo(
  manifest: Manifest,
  tail: TailTables,
  folder: FilePaths,
  projection: TableShape,
  seq: number,
  only?: Only,
): { readonly changed: string | undefined; readonly unchanged: string | undefined } {
  const { segments } = manifest;
  const { name } = projection;
  const columns = namesOf(versionColumns(projection));
  const base = baseOf(manifest, projection, seq);
  const after = segments.filter(({ firstSeq, lastSeq }) => lastSeq > (base?.seq ?? 0) && firstSeq <= seq);
  const files = after.flatMap(({ tables }) => tables[name]?.name ?? []);
  const table = seq > seqOf({ segments }) ? tail.tableOf(name) : undefined;
  const isOne = only === undefined ? [] : [conditionOf(only)];
  return {
    changed: union(folder, files, table, columns, [`seq <= ${seq}`, ...isOne]),
    unchanged: base && union(folder, [base.name], undefined, columns, isOne),
  };
}

function baseOf({ bases }: Manifest, { name }: TableShape, seq: number): Base | undefined {
  return bases.findLast((one) => one.projection === name && one.seq <= seq);
}

export function conditionOf({ column, values }: Only): string {
  const literals = values.map((value) => (typeof value === "number" ? String(value) : quotedText(value)));
  return literals.length === 0 ? "false" : `"${column}" IN (${literals.join(", ")})`;
}

export function versionsSql(
  { segments }: Manifest,
  tail: TailTables,
  folder: FilePaths,
  projection: TableShape,
): string | undefined {
  const { name } = projection;
  const files = segments.flatMap(({ tables }) => tables[name]?.name ?? []);
  return union(folder, files, tail.tableOf(name), namesOf(versionColumns(projection)));
}

export function eventsSql(manifest: Manifest, tail: TailTables, folder: FilePaths, span = ALL): string | undefined {
  return inOrder(manifest, tail, folder, span, { name: EVENTS, columns: eventColumns() });
}

export function changesSql(
  manifest: Manifest,
  tail: TailTables,
  folder: FilePaths,
  span: Required<Span>,
): string | undefined {
  return inOrder(manifest, tail, folder, span, { name: CHANGES, columns: changeColumns() });
}

/** A row group has neighbouring events, so row groups outside of the span are not read. */
function inOrder(
  { segments }: Manifest,
  tail: TailTables,
  folder: FilePaths,
  span: Required<Span>,
  { name, columns }: { readonly name: string; readonly columns: readonly TableColumn[] },
): string | undefined {
  const within = segments.filter(({ firstSeq, lastSeq }) => lastSeq > span.after && firstSeq <= span.upTo);
  const last = segments.at(-1)?.lastSeq ?? 0;
  const files = within.flatMap(({ tables }) => tables[name]?.name ?? []);
  const table = span.upTo > last ? tail.tableOf(name) : undefined;
  return union(folder, files, table, namesOf(columns), [`seq <= ${span.upTo}`, `seq > ${span.after}`]);
}

export interface Span {
  readonly after?: number;
  readonly upTo: number;
}

function union(
  folder: FilePaths,
  files: readonly string[],
  table: string | undefined,
  columns: string,
  conditions: readonly string[] = [],
): string | undefined {
  const where = conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
  const parts = [
    ...(files.length === 0 ? [] : [parquet(files.map((name) => folder.of(name)))]),
    ...(table === undefined ? [] : [table]),
  ].map((from) => `SELECT ${columns} FROM ${from}${where}`);
  return parts.length === 0 ? undefined : parts.join(" UNION ALL ");
}
