import { createHash } from "node:crypto";
import type { Column, Projection, ViewIndex } from "../projection.ts";
import { indexName } from "../select/access.ts";
import { memberTable } from "../select/sets.ts";
import { literalCondition } from "../select/sql.ts";

const TYPES: Readonly<Record<Column["type"], string>> = { text: "TEXT", integer: "INTEGER", set: "TEXT" };

/** Version of the file's layout. Raise it with every change of the layout. */
const LAYOUT = 5;

export function fingerprint(projections: readonly Projection[]): string {
  const names = [`layout ${LAYOUT}`, ...projections.map(({ name, version }) => `${name} ${version}`)];
  return createHash("sha256").update(names.join("\n")).digest("hex").slice(0, 12);
}

/** The row itself is the last column, so that SQLite reads other columns without a large row's overflow pages. */
export function tableStatements(projections: readonly Projection[]): string {
  const meta = "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;";
  return [meta, ...projections.flatMap((one) => [createTable(one), ...createMemberTables(one)])].join("\n");
}

function createTable(projection: Projection): string {
  const columns = [
    ...(projection.ordinal === undefined ? [] : ["ordinal INTEGER PRIMARY KEY"]),
    "key TEXT NOT NULL UNIQUE",
    "seq INTEGER NOT NULL",
    ...projection.columns.map(({ name, type }) => `"${name}" ${TYPES[type]}`),
    "row TEXT NOT NULL",
  ];
  return `CREATE TABLE IF NOT EXISTS ${projection.name} (${columns.join(", ")}) STRICT;`;
}

function createMemberTables(projection: Projection): string[] {
  return memberColumns(projection).map(
    (column) =>
      `CREATE TABLE IF NOT EXISTS ${memberTable(projection, column)}
       (member TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (member, key)) STRICT, WITHOUT ROWID;`,
  );
}

export function memberColumns({ columns }: Projection): readonly Column[] {
  return columns.filter((column) => column.memberTable);
}

export function indexStatement(projection: Projection, index: ViewIndex): string {
  const columns = index.on.map((column) => `"${column}"`).join(", ");
  const condition = index.where === undefined ? "" : ` WHERE ${literalCondition(index.where, projection)}`;
  return `CREATE INDEX IF NOT EXISTS ${indexName(projection, index)} ON ${projection.name} (${columns})${condition};`;
}

export function upsertStatement(projection: Projection): string {
  const names = [
    ...(projection.ordinal === undefined ? [] : ["ordinal"]),
    "key",
    "seq",
    ...projection.columns.map(({ name }) => name),
    "row",
  ];
  const fixed = new Set([
    "ordinal",
    "key",
    ...projection.columns.filter((column) => column.fixed).map(({ name }) => name),
  ]);
  const updates = names.filter((name) => !fixed.has(name)).map((name) => `"${name}" = excluded."${name}"`);
  const quoted = names.map((name) => `"${name}"`).join(", ");
  return `INSERT INTO ${projection.name} (${quoted}) VALUES (${names.map(() => "?").join(", ")})
    ON CONFLICT (key) DO UPDATE SET ${updates.join(", ")}`;
}
