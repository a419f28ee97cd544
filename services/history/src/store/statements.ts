import type { Projection } from "@fleetlog/projections/folding";
import { CHANGES, changeColumns } from "../changes/table.ts";
import type { Folder } from "./folder.ts";
import type { Manifest } from "./manifest.ts";
import { EVENTS, eventColumns, namesOf, parquet, versionColumns } from "./tables.ts";
import type { Tail } from "./tail.ts";

/** The newest base, and all versions after it: the newest version of each key is the row. */
export function asOfSql(
  { bases, segments }: Manifest,
  tail: Tail,
  folder: Folder,
  projection: Projection,
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
  tail: Tail,
  folder: Folder,
  projection: Projection,
): string | undefined {
  const { name } = projection;
  const files = segments.flatMap(({ tables }) => tables[name]?.name ?? []);
  return union(folder, files, tail.tableOf(name), namesOf(versionColumns(projection)));
}

export function eventsSql({ segments }: Manifest, tail: Tail, folder: Folder): string | undefined {
  const files = segments.flatMap(({ tables }) => tables[EVENTS]?.name ?? []);
  return union(folder, files, tail.tableOf(EVENTS), namesOf(eventColumns()));
}

/** Row groups are in the order of events, so those of other sequences are not read. */
export function changesSql(
  { segments }: Manifest,
  tail: Tail,
  folder: Folder,
  { after, upTo }: { readonly after: number; readonly upTo: number },
): string | undefined {
  const within = segments.filter(({ firstSeq, lastSeq }) => lastSeq > after && firstSeq <= upTo);
  const last = segments.at(-1)?.lastSeq ?? 0;
  return union(
    folder,
    within.flatMap(({ tables }) => tables[CHANGES]?.name ?? []),
    upTo > last ? tail.tableOf(CHANGES) : undefined,
    namesOf(changeColumns()),
    { after, upTo },
  );
}

interface Span {
  readonly after?: number;
  readonly upTo: number;
}

function union(
  folder: Folder,
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
