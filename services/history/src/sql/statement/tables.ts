import { AS_OF_SUFFIX, SQL_AS_OF, SQL_TABLES } from "@fleetlog/protocol/history-tables";
import { nearest } from "@fleetlog/runtime";
import { refused } from "./errors.ts";
import { isTree, type Json, listIn, type Tree, textIn, treeIn, treesIn } from "./tree.ts";

/** A table of the history in a statement. */
export interface TableUse {
  readonly node: Tree;
  /** In lower case, such as `events` or `devices`. */
  readonly name: string;
  /** The moment of `devices_asof(moment)`. */
  readonly moment?: Tree;
  readonly at: number | undefined;
}

const TABLES: ReadonlySet<string> = new Set(SQL_TABLES.map(({ name }) => name));
/** DuckDB could take other names for paths of files. */
const NAME = /^[a-z_][a-z0-9_]*$/;

/**
 * All uses of the history's tables. A name refers to the nearest WITH query with that name, otherwise to a table.
 *
 * @throws FleetError `invalid-request` for other tables, and for queries of WITH that have a table's name
 */
export function tablesIn(statement: Tree, sql: string): readonly TableUse[] {
  const uses: TableUse[] = [];
  visit(statement, new Set(), { sql, uses });
  return uses;
}

/** A copy with other trees in place of some. */
export function replaced(value: Json, by: ReadonlyMap<Tree, Tree>): Json {
  if (Array.isArray(value)) return value.map((one) => replaced(one, by));
  if (!isTree(value)) return value;
  return by.get(value) ?? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, replaced(one, by)]));
}

/** Tables and functions, each with its place in the catalog. Equal for the same statement, however it is written. */
export function referencesIn(statement: Json): readonly string[] {
  const found: string[] = [];
  for (const tree of treesIn(statement)) {
    const { type, class: kind } = tree;
    if (type === "BASE_TABLE") found.push(JSON.stringify([tree.catalog_name, tree.schema_name, tree.table_name]));
    else if (kind === "FUNCTION" || kind === "WINDOW") found.push(`${tree.catalog} ${tree.function_name}`);
    if (type === "TABLE_FUNCTION") found.push(JSON.stringify(withoutPlaces(tree.function ?? null)));
  }
  return found.sort();
}

interface Search {
  readonly sql: string;
  readonly uses: TableUse[];
}

function visit(value: Json, named: ReadonlySet<string>, search: Search): void {
  if (Array.isArray(value)) for (const one of value) visit(one, named, search);
  if (!isTree(value)) return;
  if (value.type === "BASE_TABLE") {
    addTable(value, named, search);
    return;
  }
  if (value.type === "TABLE_FUNCTION") addAsOf(value, search);
  const within = new Set(named);
  for (const entry of listIn(treeIn(value, "cte_map") ?? {}, "map")) {
    if (!isTree(entry)) continue;
    // A WITH query sees the ones before it, and itself only if it is recursive.
    visit(entry.value ?? null, within, search);
    within.add(newName(textIn(entry, "key"), search.sql));
  }
  if (value.type === "RECURSIVE_CTE_NODE") within.add(newName(textIn(value, "cte_name"), search.sql));
  for (const [name, one] of Object.entries(value)) {
    if (name !== "cte_map") visit(one, within, search);
  }
}

function newName(key: string, sql: string): string {
  const name = key.toLowerCase();
  if (!NAME.test(name)) {
    throw refused(sql, undefined, `${JSON.stringify(key)} can't be a name in WITH`, "Write letters, digits and _.");
  }
  if (TABLES.has(name)) {
    throw refused(sql, undefined, `the name ${key} in WITH is that of a table`, "Choose another name.");
  }
  return name;
}

function addTable(node: Tree, named: ReadonlySet<string>, { sql, uses }: Search): void {
  const at = typeof node.query_location === "number" ? node.query_location : undefined;
  const name = textIn(node, "table_name").toLowerCase();
  const schema = textIn(node, "schema_name");
  if (schema !== "" || textIn(node, "catalog_name") !== "") {
    throw refused(sql, at, `there is no schema ${JSON.stringify(schema)}`, "Write the table's name alone.");
  }
  if (node.at_clause !== null) {
    throw refused(sql, at, "AT is not allowed", `Write ${name}${AS_OF_SUFFIX}('2026-01-31T12:00:00Z').`);
  }
  if (named.has(name)) return;
  if (TABLES.has(name)) {
    uses.push({ node, name, at });
    return;
  }
  const meant = nearest(name.slice(0, 64), [...TABLES]);
  const advice = meant === undefined ? `Tables are ${[...TABLES].join(", ")}.` : `Write ${meant}.`;
  throw refused(sql, at, `there is no table ${JSON.stringify(textIn(node, "table_name"))}`, advice);
}

function addAsOf(node: Tree, { sql, uses }: Search): void {
  const called = treeIn(node, "function") ?? {};
  const name = textIn(called, "function_name").toLowerCase();
  if (!SQL_AS_OF.includes(name)) return;
  const at = typeof node.query_location === "number" ? node.query_location : undefined;
  const [moment, ...others] = listIn(called, "children");
  if (!isTree(moment) || others.length > 0) {
    throw refused(sql, at, `${name} takes one moment`, `Write ${name}('2026-01-31T12:00:00Z'), or a sequence.`);
  }
  for (const { class: kind } of treesIn(moment)) {
    if (typeof kind !== "string" || kind === "CONSTANT" || kind === "CAST" || kind === "FUNCTION") continue;
    throw refused(
      sql,
      at,
      `the moment of ${name} must not depend on rows`,
      `Write a time or a sequence, such as ${name}(now() - INTERVAL 1 DAY).`,
    );
  }
  uses.push({ node, name: name.slice(0, -AS_OF_SUFFIX.length), moment, at });
}

function withoutPlaces(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutPlaces);
  if (!isTree(value)) return value;
  const kept = Object.entries(value).filter(([name]) => name !== "query_location");
  return Object.fromEntries(kept.map(([name, one]) => [name, withoutPlaces(one)]));
}
