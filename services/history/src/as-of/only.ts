import { columnsByName, type Projection } from "@fleetlog/projections/folding";
import type { Only } from "../store/statements.ts";
import type { Statement } from "./replayed-rows.ts";

/** With more values, reading all rows is as fast. */
const MOST_VALUES = 1_000;
const LIST = "json_each(?)";

/**
 * The rows of a table that a statement of the views reads, if it names them by their key, or by another column whose
 * values never change. Undefined if it may read all rows, and for a table with only the newest rows: all rows decide
 * which these are.
 */
export function onlyOf({ sql: written, values: given }: Statement, table: Projection): Only | undefined {
  if (table.newest !== undefined) return undefined;
  // A text in quotes may contain what looks like a parameter or a condition.
  const sql = written.replaceAll(/'[^']*'/g, (text) => "'".repeat(text.length));
  const [reads, ...others] = [...sql.matchAll(new RegExp(`\\b(?:FROM|JOIN) ${table.name}\\b`, "g"))];
  if (reads === undefined || others.length > 0) return undefined;
  const conditions = conditionsAround(sql, reads.index);
  for (const { text, at } of conditions) {
    const [, owner, column = "", compared = ""] = /^(\w+)\."(\w+)" (.+)$/s.exec(text) ?? [];
    if (owner !== table.name || !isFixed(table, column)) continue;
    const values = valuesOf(compared, at + text.length - compared.length, { sql, values: given }, conditions);
    if (values !== undefined && values.length <= MOST_VALUES) return { column, values };
  }
  return undefined;
}

function isFixed(table: Projection, name: string): boolean {
  const column = columnsByName(table).get(name);
  return column !== undefined && "fixed" in column;
}

interface Condition {
  readonly text: string;
  /** Its place in the statement. */
  readonly at: number;
}

/** What a column is compared with, if the comparison is true for these values only. */
function valuesOf(
  compared: string,
  at: number,
  statement: Statement,
  conditions: readonly Condition[],
): Only["values"] | undefined {
  const { sql, values } = statement;
  const valueAt = (place: number) => values[sql.slice(0, place).split("?").length - 1] ?? "";
  const listAt = (place: number) => JSON.parse(String(valueAt(place + LIST.indexOf("?")))) as string[];
  if (compared === "= ?") return [valueAt(at + 2)];
  if (/^IN \(\?(?:, \?)*\)$/.test(compared)) {
    return [...compared.matchAll(/\?/g)].map(({ index }) => valueAt(at + index));
  }
  if (compared === `IN (SELECT value FROM ${LIST})`) return listAt(at + compared.indexOf(LIST));
  if (compared === "= wanted.value") return listAt(sql.indexOf(`${LIST} wanted`));
  const [, joined] = /^= (\w+\."key")$/.exec(compared) ?? [];
  const isListed = conditions.some(({ text }) => joined !== undefined && text === `${joined} = wanted.value`);
  return isListed ? listAt(sql.indexOf(`${LIST} wanted`)) : undefined;
}

const WORDS = /\b(?:SELECT|FROM|CROSS JOIN|JOIN|ON|WHERE|AND|OR|GROUP BY|ORDER BY|LIMIT|UNION ALL)\b/g;

/** The conditions of the SELECT around a place that hold for each of its rows: of its joins, and of its WHERE. */
function conditionsAround(sql: string, place: number): readonly Condition[] {
  const depths = depthsOf(sql);
  const depth = depths[place] ?? 0;
  let [from, to] = [place, place];
  while (from > 0 && (depths[from - 1] ?? 0) >= depth) from--;
  while (to < sql.length && (depths[to] ?? 0) >= depth) to++;
  const found: Condition[] = [];
  let begin: number | undefined;
  const end = (at: number) => {
    const text = begin === undefined ? "" : sql.slice(begin, at);
    if (begin !== undefined) found.push({ text: text.trim(), at: begin + text.length - text.trimStart().length });
    begin = undefined;
  };
  for (const { 0: word, index } of sql.matchAll(WORDS)) {
    if (index < from || index >= to || depths[index] !== depth) continue;
    if (word === "OR") return [];
    end(index);
    if (word === "ON" || word === "WHERE" || word === "AND") begin = index + word.length;
  }
  end(to);
  return found;
}

/** For each character, the number of parentheses around it. */
function depthsOf(sql: string): readonly number[] {
  let open = 0;
  return sql.split("").map((char) => {
    if (char === ")") open--;
    return char === "(" ? open++ : open;
  });
}
