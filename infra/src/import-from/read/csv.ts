import { createReadStream } from "node:fs";
import { type CsvError, type Parser, parse } from "csv-parse";
import type { ReadRecord } from "../records.ts";

const MAX_RECORD = 64 * 1024;

/**
 * The rows of a CSV file (RFC 4180) whose first line has the names of the columns. Upper and lower case, `_` and `-` in
 * these names do not matter. Cells are taken as they are, because a password may begin with a space.
 * @throws Error in words if the rest of the file can't be read
 */
export async function* readCsv(path: string): AsyncGenerator<ReadRecord> {
  const read: string[][] = [];
  const parser = parse({
    bom: true,
    record_delimiter: ["\r\n", "\n", "\r"],
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: MAX_RECORD,
    // A stream that fails drops what it holds, so the rows are kept here.
    on_record: (cells: string[]) => {
      read.push(cells);
      return null;
    },
  });
  parser.on("error", () => {}).resume();
  let columns: readonly string[] | undefined;
  let row = 0;
  for await (const chunk of chunksAndEnd(path)) {
    const error = await given(parser, chunk);
    for (const cells of read.splice(0)) {
      if (columns === undefined) columns = namesIn(cells);
      else yield recordOf(++row, columns, cells);
    }
    if (error !== undefined) throw readable(error, row);
  }
  if (columns === undefined) throw new Error("the file is empty; its first line must have the names of the columns");
}

async function* chunksAndEnd(path: string): AsyncGenerator<Buffer | undefined> {
  yield* createReadStream(path) as AsyncIterable<Buffer>;
  yield undefined;
}

/** Passes a chunk, or the end of the file, to the parser; resolves with the parser's error. */
function given(parser: Parser, chunk: Buffer | undefined): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const done = (error?: Error | null) => resolve(error ?? undefined);
    if (chunk === undefined) parser.end(done);
    else parser.write(chunk, done);
  });
}

function namesIn(cells: readonly string[]): string[] {
  const names = cells.map((cell) => cell.trim().toLowerCase().replaceAll(/[_-]/g, ""));
  const repeated = names.find((name, index) => names.indexOf(name) < index);
  if (repeated !== undefined) throw new Error(`the column ${repeated} appears twice`);
  return names;
}

function recordOf(row: number, columns: readonly string[], cells: readonly string[]): ReadRecord {
  if (cells.length !== columns.length)
    return { row, fault: `the row has ${cells.length} cells, and the first line has ${columns.length}` };
  if (cells.some((cell) => cell.includes("\uFFFD"))) return { row, fault: "the row is not UTF-8" };
  return { row, fields: Object.fromEntries(columns.map((name, index) => [name, cells[index]])) };
}

function readable(error: Error, row: number): Error {
  const { code = "", lines } = error as Partial<CsvError> & { readonly lines?: number };
  if (!code.startsWith("CSV_") && code !== "INVALID_OPENING_QUOTE") return error;
  const at = lines === undefined ? "" : ` at line ${lines}`;
  const reason = REASONS[code] ?? "it can't be read";
  return new Error(`the file is not CSV${at} (after row ${row}): ${reason}`);
}

const REASONS: Readonly<Record<string, string>> = {
  CSV_INVALID_CLOSING_QUOTE: "text follows a closing quote",
  CSV_QUOTE_NOT_CLOSED: "a quote is not closed",
  INVALID_OPENING_QUOTE: "a quote is inside a cell that does not begin with a quote",
  CSV_MAX_RECORD_SIZE: "a row is too long, or a quote is not closed",
};
