import { type FileHandle, open } from "node:fs/promises";
import type { DuckDBResult, DuckDBType, DuckDBValue } from "@duckdb/node-api";
import type { SqlFormat, SqlHead } from "@fleetlog/protocol";
import { jsonOf, nameOf, textOf } from "./cells.ts";

const PIECE_CHARS = 256 * 1_024;

interface Lines {
  readonly first: string;
  readonly last: string;
  row(values: readonly DuckDBValue[], types: readonly DuckDBType[], isFirst: boolean): string;
}

function linesOf(format: Exclude<SqlFormat, "parquet">, names: readonly string[]): Lines {
  if (format === "csv") {
    return {
      first: csvLine(names),
      last: "",
      row: (values, types) =>
        csvLine(values.map((value, i) => (value === null ? null : textOf(value, types[i] as DuckDBType)))),
    };
  }
  return {
    first: "[",
    last: "]",
    row: (values, types, isFirst) =>
      `${isFirst ? "" : ",\n"}[${values.map((value, i) => jsonOf(value, types[i] as DuckDBType)).join(",")}]`,
  };
}

/** Writes rows to a file until a limit of rows or bytes is reached. */
export async function writeRows(
  result: DuckDBResult,
  format: Exclude<SqlFormat, "parquet">,
  path: string,
  limits: { readonly rows: number; readonly bytes: number },
): Promise<{ readonly head: SqlHead; readonly bytes: number }> {
  const names = result.columnNames();
  const types = result.columnTypes();
  const lines = linesOf(format, names);
  const file = await open(path, "w");
  try {
    const written = new Pieces(file);
    written.add(lines.first);
    let rows = 0;
    let truncated = false;
    for (let chunk = await result.fetchChunk(); chunk !== null && !truncated; chunk = await result.fetchChunk()) {
      if (chunk.rowCount === 0) break;
      for (const values of chunk.getRows()) {
        const line = rows < limits.rows ? lines.row(values, types, rows === 0) : "";
        truncated = rows === limits.rows || written.bytes + Buffer.byteLength(line) > limits.bytes;
        if (truncated) break;
        written.add(line);
        rows++;
      }
      await written.flush(PIECE_CHARS);
    }
    written.add(lines.last);
    await written.flush(0);
    const columns = names.map((name, i) => ({ name, type: nameOf(types[i]) }));
    return { head: { columns, rows, truncated }, bytes: written.bytes };
  } finally {
    await file.close();
  }
}

class Pieces {
  readonly #file: FileHandle;
  #waiting: string[] = [];
  #chars = 0;
  bytes = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  add(text: string): void {
    this.#waiting.push(text);
    this.#chars += text.length;
    this.bytes += Buffer.byteLength(text);
  }

  /** Writes if more than `chars` characters wait. */
  async flush(chars: number): Promise<void> {
    if (this.#chars <= chars) return;
    await this.#file.write(this.#waiting.join(""));
    this.#waiting = [];
    this.#chars = 0;
  }
}

/** RFC 4180. Null is an empty field; an empty text is `""`. */
function csvLine(cells: readonly (string | null)[]): string {
  const fields = cells.map((cell) => {
    if (cell === null) return "";
    return cell === "" || /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  });
  return `${fields.join(",")}\r\n`;
}
