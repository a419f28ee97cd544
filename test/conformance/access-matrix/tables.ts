import { readFileSync } from "node:fs";

/** Rows by their first column, with all other columns by name. */
export type Table = ReadonlyMap<string, ReadonlyMap<string, string>>;

const PAGES = ["verdicts.md", "verdicts-older-systems.md"];

const pages = PAGES.map((file) => readFileSync(new URL(`./${file}`, import.meta.url), "utf8")).join("\n");

export function tableOf(heading: string): Table {
  const section = pages.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  const rows = section
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .split("|")
        .map((cell) => cell.trim().replaceAll("`", ""))
        .slice(1, -1),
    );
  const [columns = [], , ...body] = rows;
  if (body.length === 0) throw new Error(`no page of verdicts has a table under "${heading}"`);
  const table = new Map<string, ReadonlyMap<string, string>>();
  for (const [first = "", ...cells] of body) {
    if (table.has(first)) throw new Error(`there are two rows of ${first} under "${heading}"`);
    if (cells.length !== columns.length - 1)
      throw new Error(`the row of ${first} under "${heading}" has not all cells`);
    table.set(first, new Map(cells.map((cell, i) => [columns[i + 1] ?? "", cell])));
  }
  return table;
}

/** The call, method or topic of a row, without a case in brackets. */
export function subjectOf(row: string): string {
  return row.replace(/ \(.*\)$/, "");
}

/** @param subject which part of a row must exist; default: all but a case in brackets */
export function differences(
  heading: string,
  table: Table,
  existing: readonly string[],
  subject: (row: string) => string = subjectOf,
): string[] {
  const described = new Set([...table.keys()].map(subject));
  return [
    ...existing
      .filter((one) => !described.has(one))
      .map((one) => `${one} has no row: add one under "${heading}" in access-matrix/verdicts*.md, and how to try it`),
    ...[...described]
      .filter((one) => !existing.includes(one))
      .map((one) => `${one} does not exist: remove its row under "${heading}" in access-matrix/verdicts*.md`),
  ];
}
