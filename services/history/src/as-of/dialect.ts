const LIST = `from_json(?::VARCHAR, '["VARCHAR"]')`;
/** The views' statements are written for SQLite. With these replacements, DuckDB runs them. */
const DIFFERENCES: readonly (readonly [RegExp, string])[] = [
  [/ (?:NOT INDEXED|INDEXED BY \w+)/g, ""],
  // In DuckDB, a CROSS JOIN has no condition, and DuckDB chooses the order of joins itself.
  [/\bCROSS JOIN\b/g, "JOIN"],
  [
    /\bjson_each\(\?\) wanted\b/g,
    `(SELECT unnest(range(len(list))) AS key, unnest(list) AS value FROM (SELECT ${LIST} AS list)) wanted`,
  ],
  [/\bSELECT value FROM json_each\(\?\)/g, `SELECT unnest(${LIST})`],
];

/** The column with a row's JSON. DuckDB does not have it: the statement reads the row's version instead. */
const ROW = /(\w+)\."row" AS "(\w+)"/g;

export interface Translated {
  readonly sql: string;
  /** Result columns that have a version of the table's row instead of its JSON. */
  readonly rows: readonly { readonly table: string; readonly column: string }[];
}

export function translated(sqlite: string): Translated {
  const rows: { table: string; column: string }[] = [];
  const withVersions = sqlite.replace(ROW, (_, table: string, column: string) => {
    rows.push({ table, column });
    return `${table}."version" AS "${column}"`;
  });
  const sql = DIFFERENCES.reduce((text, [from, to]) => text.replace(from, to), withVersions);
  return { sql, rows };
}
