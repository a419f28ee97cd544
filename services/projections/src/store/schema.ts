import { createHash } from "node:crypto";
import type { Projection } from "../projection.ts";

/** Raised with every change of how the store itself lays out its file. */
const LAYOUT = 2;

/** What a file of these projections is named after: another version of any of them is another file. */
export function fingerprint(views: readonly Projection[]): string {
  const names = [`layout ${LAYOUT}`, ...views.map((view) => `${view.name} ${view.version}`)];
  return createHash("sha256").update(names.join("\n")).digest("hex").slice(0, 12);
}

/** The row itself comes last, so that SQLite reads what precedes it without touching a large row's further pages. */
export function createStatements(views: readonly Projection[]): string {
  const meta = "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;";
  return [meta, ...views.flatMap((view) => [createTable(view), ...createIndexes(view)])].join("\n");
}

function createTable(view: Projection): string {
  const columns = [
    ...(view.ordinal === undefined ? [] : ["ordinal INTEGER PRIMARY KEY"]),
    "key TEXT NOT NULL UNIQUE",
    "seq INTEGER NOT NULL",
    ...view.columns.map(({ name, type }) => `"${name}" ${type}`),
    "row TEXT NOT NULL",
  ];
  return `CREATE TABLE IF NOT EXISTS ${view.name} (${columns.join(", ")}) STRICT;`;
}

function createIndexes(view: Projection): string[] {
  return view.indexes.map(({ on, where }) => {
    const columns = on.map((column) => `"${column}"`).join(", ");
    const condition = where === undefined ? "" : ` WHERE ${where}`;
    return `CREATE INDEX IF NOT EXISTS ${indexName(view, on)}${where === undefined ? "" : "_part"} ON ${view.name} (${columns})${condition};`;
  });
}

/** For statements that must be answered from one index and no other. */
export function indexName(view: Pick<Projection, "name">, on: readonly string[]): string {
  return `${view.name}_by_${on.join("_")}`;
}

export function upsertStatement(view: Projection): string {
  const names = [
    ...(view.ordinal === undefined ? [] : ["ordinal"]),
    "key",
    "seq",
    ...view.columns.map(({ name }) => name),
    "row",
  ];
  const fixed = new Set(["ordinal", "key", ...view.columns.filter((column) => column.fixed).map(({ name }) => name)]);
  const updates = names.filter((name) => !fixed.has(name)).map((name) => `"${name}" = excluded."${name}"`);
  const quoted = names.map((name) => `"${name}"`).join(", ");
  return `INSERT INTO ${view.name} (${quoted}) VALUES (${names.map(() => "?").join(", ")})
    ON CONFLICT (key) DO UPDATE SET ${updates.join(", ")}`;
}
