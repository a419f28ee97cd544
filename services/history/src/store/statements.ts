import { CHANGES, changeColumns } from "../changes/table.ts";
import type { Folder } from "./folder.ts";
import type { Manifest } from "./manifest.ts";
import { EVENTS, eventColumns, namesOf, parquet, type TableColumn, type TableShape, versionColumns } from "./tables.ts";
import type { Tail } from "./tail.ts";

const ALL: Required<Span> = { after: 0, upTo: Number.MAX_SAFE_INTEGER };

type FilePaths = Pick<Folder, "of">;

/** Where the newest rows are, as SQL after FROM. */
export type TailTables = Pick<Tail, "tableOf">;

/** SQL of the rows as of a sequence: for each key, the newest version in the newest base and the segments after it. */
export function asOfSql(
  { bases, segments }: Manifest,
  tail: TailTables,
  folder: FilePaths,
  projection: TableShape,
  seq: number,
): string | undefined {
  const { name, newest } = projection;
  const base = bases.findLast((one) => one.projection === name && one.seq <= seq);
  const after = segments.filter(({ firstSeq, lastSeq }) => lastSeq > (base?.seq ?? 0) && firstSeq <= seq);
  const files = [
    ...(base === undefined ? [] : [base.name]),
    ...after.flatMap(({ tables }) => tables[name]?.name ?? []),
  ];
  const last = segments.at(-1)?.lastSeq ?? 0;
  const source = union(
    folder,
    files,
    seq > last ? tail.tableOf(name) : undefined,
    namesOf(versionColumns(projection)),
    { upTo: seq },
  );
  if (source === undefined) return undefined;
  const rows = `SELECT * FROM (${source}) WHERE version IN (SELECT max(version) FROM (${source}) GROUP BY key)`;
  return newest === undefined ? rows : `SELECT * FROM (${rows} ORDER BY ordinal DESC LIMIT ${newest})`;
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
  return union(folder, files, span.upTo > last ? tail.tableOf(name) : undefined, namesOf(columns), span);
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
  span?: Span,
): string | undefined {
  const where =
    span === undefined ? "" : ` WHERE seq <= ${span.upTo}${span.after === undefined ? "" : ` AND seq > ${span.after}`}`;
  const parts = [
    ...(files.length === 0 ? [] : [parquet(files.map((name) => folder.of(name)))]),
    ...(table === undefined ? [] : [table]),
  ].map((from) => `SELECT ${columns} FROM ${from}${where}`);
  return parts.length === 0 ? undefined : parts.join(" UNION ALL ");
}
