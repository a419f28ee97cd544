import { FleetError } from "@fleetlog/domain";

/** @param at byte offset in the UTF-8 text, as DuckDB counts; undefined if unknown */
export function refused(sql: string, at: number | undefined, message: string, advice?: string): FleetError {
  const where = at === undefined ? "" : `${positionAt(sql, at)}: `;
  return new FleetError("invalid-request", `${where}${message}`, {
    field: "sql",
    ...(advice !== undefined && { advice }),
  });
}

/** `line 2, column 7`, both from 1. */
export function positionAt(sql: string, at: number): string {
  const lines = Buffer.from(sql).subarray(0, at).toString().split("\n");
  return `line ${lines.length}, column ${[...(lines.at(-1) ?? "")].length + 1}`;
}

/** `->` has a lower precedence than `AND`, and `::` a higher one than both. */
const ARROWS = /->>?\(|cast value to numerical|Malformed JSON/;

/** What to write instead, if DuckDB's message comes from an arrow of JSON that took too much of the statement as its argument. */
export function arrowAdvice(sql: string, message: string): string | undefined {
  if (!sql.includes("->") || !ARROWS.test(message)) return undefined;
  return "Put -> and ->> with their column in parentheses, such as (data->>'$.name') = 'go' or (data->>'$.bar')::DOUBLE.";
}

const MARK = /\n\nLINE (\d+): (.*)\n( *)\^\s*$/s;

/**
 * DuckDB's message without its copy of the statement's line, and the position that it marks in this line, unless it has
 * shortened the line.
 */
export function messageOf(error: unknown, sql?: string): { readonly message: string; readonly at?: number } {
  const text = error instanceof Error ? error.message : String(error);
  const plain = text.replace(MARK, "").replace(/^(?:\w+ ){1,2}Error: /, "");
  const message = plain.split(/\n\nDid you mean/)[0] ?? plain;
  const [, line, shown = "", indent = ""] = MARK.exec(text) ?? [];
  if (sql === undefined || line === undefined) return { message };
  const lines = sql.split("\n");
  const before = lines.slice(0, Number(line) - 1).reduce((sum, one) => sum + Buffer.byteLength(one) + 1, 0);
  const column = indent.length - `LINE ${line}: `.length;
  if (shown !== lines[Number(line) - 1] || column < 0) return { message };
  return { message, at: before + Buffer.byteLength([...shown].slice(0, column).join("")) };
}
