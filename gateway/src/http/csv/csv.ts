import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";

export type Cell = string | number | undefined;

/** Without this mark, Excel reads the file in the code page of the machine. */
const BYTE_ORDER_MARK = "\u{feff}";
/** The beginning of a formula, also after white space, and with the fullwidth forms of East Asian locales. */
const FORMULA = /^\s*[=+\-@\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}]|^[\t\r\n]/u;

/** A line of CSV (RFC 4180). A text that a spreadsheet would execute is marked as text. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(quoted).join(",")}\r\n`;
}

function quoted(value: Cell = ""): string {
  const text = typeof value === "string" && FORMULA.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Answers with a CSV file, as fast as the client reads it. If `rows` fails, the connection ends before the file does. */
export function sendCsv(
  reply: FastifyReply,
  filename: string,
  names: readonly string[],
  rows: AsyncIterable<readonly (readonly Cell[])[]>,
): FastifyReply {
  async function* lines(): AsyncGenerator<string> {
    yield BYTE_ORDER_MARK + csvLine(names);
    for await (const some of rows) yield some.map(csvLine).join("");
  }
  // fastify reads a stream to its end for HEAD too.
  const stream = Readable.from(reply.request.method === "HEAD" ? [] : lines(), { objectMode: false });
  reply.raw.once("close", () => stream.destroy());
  return reply
    .header("content-type", "text/csv; charset=utf-8")
    .header("content-disposition", `attachment; filename="${filename}"`)
    .send(stream);
}

/** Whether the client names CSV in `Accept`, and not JSON. */
export function wantsCsv(accept: string | undefined): boolean {
  const types = (accept ?? "").split(",").map((part) => part.split(";")[0]?.trim().toLowerCase());
  return types.includes("text/csv") && !types.includes("application/json");
}
