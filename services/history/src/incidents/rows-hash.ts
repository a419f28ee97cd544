import { createHash } from "node:crypto";

export interface NamedRow {
  readonly projection: string;
  readonly key: string;
  readonly row: object;
}

/** SHA-256 of all rows, sorted by projection and key, each a line of JSON whose properties are sorted. */
export function rowsHash(rows: readonly NamedRow[]): string {
  const hash = createHash("sha256");
  const lines = rows.map(({ projection, key, row }) => ({
    at: `${projection}\n${key}`,
    line: sortedJson([projection, key, row]),
  }));
  for (const { line } of lines.sort((a, b) => (a.at < b.at ? -1 : 1))) hash.update(line).update("\n");
  return hash.digest("hex");
}

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
