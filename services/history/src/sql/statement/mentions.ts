import { isTree, listIn, type Tree, textIn, treesIn } from "./tree.ts";

/** Whether a statement may read a column. Columns that no statement reads are not computed. */
export function mentions(statement: Tree): (column: string) => boolean {
  const names = new Set<string>();
  const tables = new Set<string>();
  let all = false;
  for (const tree of treesIn(statement)) {
    if (tree.class === "STAR" || tree.ref_type === "NATURAL" || tree.type === "PIVOT" || tree.type === "SHOW_REF") {
      all = true;
    }
    for (const part of [...listIn(tree, "column_names"), ...listIn(tree, "using_columns")]) {
      if (typeof part === "string") names.add(part.toLowerCase());
    }
    if (tree.type === "BASE_TABLE") tables.add(textIn(tree, "table_name").toLowerCase());
    if (typeof tree.alias === "string" && isTree(tree)) tables.add(tree.alias.toLowerCase());
    // Aliases rename columns by their order, so any column may be meant.
    if (listIn(tree, "column_name_alias").length > 0) all = true;
  }
  // A table's name in place of a column means the row with all columns.
  all ||= [...names].some((name) => name !== "" && tables.has(name));
  return (column) => all || names.has(column.toLowerCase());
}
