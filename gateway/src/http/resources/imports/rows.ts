import type { IncomingMessage } from "node:http";
import { FleetError, invalid } from "@fleetlog/domain";
import { type CsvError, parse } from "csv-parse";

export const MAX_BYTES = 32 * 1024 * 1024;
const MAX_RECORD = 64 * 1024;
const MAX_COLUMNS = 64;
const COLUMN = /^[A-Za-z][A-Za-z0-9_.[\]-]{0,63}$/;

/** The rows of a CSV file (RFC 4180), with or without a byte order mark. */
export async function* csvRows(body: IncomingMessage): AsyncGenerator<Readonly<Record<string, string>>> {
  const parser = parse({
    bom: true,
    columns: columnsIn,
    record_delimiter: ["\r\n", "\n", "\r"],
    skip_empty_lines: true,
    max_record_size: MAX_RECORD,
    trim: true,
  });
  const written = write(body, parser);
  try {
    for await (const row of parser) yield row as Record<string, string>;
    await written;
  } catch (error) {
    throw readable(error);
  } finally {
    parser.destroy();
    await written.catch(() => {});
  }
}

/** @throws FleetError `invalid-request` for an invalid or repeated name */
function columnsIn(names: readonly string[]): string[] {
  if (names.length > MAX_COLUMNS) throw invalid("body", `the file has more than ${MAX_COLUMNS} columns`);
  for (const [index, name] of names.entries()) {
    if (!COLUMN.test(name)) {
      throw invalid("body", `the first line must have the names of the columns; column ${index + 1} has none`);
    }
    if (names.indexOf(name) < index) throw invalid("body", `the column ${name} appears twice`);
  }
  return [...names];
}

async function write(body: IncomingMessage, parser: ReturnType<typeof parse>): Promise<void> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let bytes = 0;
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) {
        throw new FleetError("payload-too-large", `the file has more than ${MAX_BYTES} bytes`, { field: "body" });
      }
      if (!parser.write(decoder.decode(chunk, { stream: true })) && !parser.destroyed) await drained(parser);
      if (parser.destroyed) return;
    }
    if (body.complete === false) throw invalid("body", "the upload was interrupted; nothing was imported");
    parser.end(decoder.decode());
  } catch (error) {
    parser.destroy(error instanceof TypeError ? invalid("body", "the file is not UTF-8") : (error as Error));
  }
}

function drained(parser: ReturnType<typeof parse>): Promise<void> {
  return new Promise((resolve) => {
    parser.once("drain", resolve);
    parser.once("close", resolve);
  });
}

function readable(error: unknown): unknown {
  const { code = "", lines } = error as Partial<CsvError> & { readonly lines?: number };
  if (error instanceof FleetError || !(code.startsWith("CSV_") || code in REASONS)) return error;
  const at = lines === undefined ? "" : ` at line ${lines}`;
  return invalid("body", `the file is not CSV${at}: ${REASONS[code] ?? "it can't be read"}`);
}

const REASONS: Readonly<Record<string, string>> = {
  CSV_RECORD_INCONSISTENT_FIELDS_LENGTH: "a row has another number of cells than the first line",
  CSV_RECORD_INCONSISTENT_COLUMNS: "a row has another number of cells than the first line",
  CSV_INVALID_CLOSING_QUOTE: "text follows a closing quote",
  CSV_QUOTE_NOT_CLOSED: "a quote is not closed",
  INVALID_OPENING_QUOTE: "a quote is inside of a cell that does not begin with one",
  CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE: "text follows a closing quote",
  CSV_MAX_RECORD_SIZE: "a row is too long, or a quote is not closed",
};
