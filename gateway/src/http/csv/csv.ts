import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";

export type Cell = string | number | undefined;

/** Without this mark, Excel uses the machine's code page instead of UTF-8. */
const BYTE_ORDER_MARK = "\u{feff}";
const FORMULA = /^\s*[=+\-@\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}]|^[\t\r\n]/u;

/** RFC 4180. A formula is marked as text. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(quoted).join(",")}\r\n`;
}

function quoted(value: Cell = ""): string {
  const text = typeof value === "string" && FORMULA.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Sends a CSV file as fast as the client reads. If `rows` fails, the connection ends before the end of the file. */
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
  // Fastify would read the stream to its end for HEAD, too, so HEAD gets an empty one.
  const stream = Readable.from(reply.request.method === "HEAD" ? [] : lines(), { objectMode: false });
  reply.raw.once("close", () => stream.destroy());
  return reply
    .header("content-type", "text/csv; charset=utf-8")
    .header("content-disposition", `attachment; filename="${filename}"`)
    .send(stream);
}

export function wantsCsv(accept: string | undefined): boolean {
  const types = (accept ?? "").split(",").map((part) => part.split(";")[0]?.trim().toLowerCase());
  return types.includes("text/csv") && !types.includes("application/json");
}
