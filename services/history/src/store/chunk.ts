import { BIGINT, type DuckDBAppender, DuckDBDataChunk, TIMESTAMPTZ, VARCHAR } from "@duckdb/node-api";
import duckdb, { type Vector } from "@duckdb/node-bindings";
import type { Cell } from "./duck.ts";
import type { TableColumn } from "./tables.ts";

/** `duckdb_string_t` of duckdb.h: a length, then the text itself or its first four bytes and a pointer. */
const STRING_BYTES = 16;
const INLINED_BYTES = 12;
const TWO_32 = 2 ** 32;
/** Microseconds in a millisecond. DuckDB's times are in microseconds since 1970. */
const MICROSECONDS = 1_000;

const TYPES = { BIGINT, TIMESTAMPTZ, VARCHAR } as const;

/**
 * Appends rows to a table, a chunk at a time. Cells of another type than the column's become null.
 *
 * The client's own chunk calls native code for each text, which took a quarter of the history's ingest. All rows go through
 * one native chunk, because V8 does not count a native chunk's memory, and Node frees it only when the event loop turns.
 */
export class ChunkAppender {
  readonly #appender: DuckDBAppender;
  readonly #columns: readonly TableColumn[];
  readonly #chunk: DuckDBDataChunk;
  readonly #vectors: readonly Vector[];

  constructor(appender: DuckDBAppender, columns: readonly TableColumn[]) {
    this.#appender = appender;
    this.#columns = columns;
    this.#chunk = DuckDBDataChunk.create(columns.map(({ type }) => TYPES[type]));
    this.#vectors = columns.map((_, i) => duckdb.data_chunk_get_vector(this.#chunk.chunk, i));
  }

  /** @param rows at most 2,048 */
  append(rows: readonly (readonly Cell[])[]): void {
    this.#chunk.rowCount = rows.length;
    for (const [i, { type }] of this.#columns.entries()) {
      const vector = this.#vectors[i];
      if (vector === undefined) continue;
      if (type === "VARCHAR") setTexts(vector, rows, i);
      else setIntegers(vector, rows, i, type === "TIMESTAMPTZ" ? MICROSECONDS : 1);
    }
    this.#appender.appendDataChunk(this.#chunk);
    this.#chunk.reset();
  }

  /** Afterwards, statements find all rows. */
  flush(): void {
    this.#appender.flushSync();
  }

  close(): void {
    this.#appender.closeSync();
  }
}

/** `factor`: multiplies the stored integers, which need more than the 53 bits of a number. */
function setIntegers(vector: Vector, rows: readonly (readonly Cell[])[], column: number, factor: number): void {
  const words = new Int32Array(rows.length * 2);
  const nulls = new Nulls(rows.length);
  for (let row = 0; row < rows.length; row++) {
    const cell = rows[row]?.[column];
    if (typeof cell !== "number") {
      nulls.add(row);
      continue;
    }
    if (!Number.isInteger(cell)) throw new RangeError(`${cell} is not a whole number`);
    const high = Math.floor(cell / TWO_32);
    const low = (cell - high * TWO_32) * factor;
    words[row * 2] = low | 0;
    words[row * 2 + 1] = high * factor + Math.floor(low / TWO_32);
  }
  duckdb.copy_data_to_vector(vector, 0, words.buffer, 0, words.byteLength);
  nulls.write(vector);
}

/** Copies the texts of the column at once into the vector's memory, to which its strings then point. */
function setTexts(vector: Vector, rows: readonly (readonly Cell[])[], column: number): void {
  const nulls = new Nulls(rows.length);
  const texts: string[] = [];
  for (let row = 0; row < rows.length; row++) {
    const cell = rows[row]?.[column];
    texts.push(typeof cell === "string" ? cell : "");
    if (typeof cell !== "string") nulls.add(row);
  }
  const { bytes, lengths } = encoded(texts);
  const address = bytes.length > INLINED_BYTES ? copied(vector, bytes) : 0;
  const words = new Int32Array((rows.length * STRING_BYTES) / 4);
  const inBytes = new Uint8Array(words.buffer);
  for (let row = 0, start = 0; row < rows.length; row++) {
    const length = lengths[row] ?? 0;
    if (length === 0) continue;
    const word = row * 4;
    words[word] = length;
    const copied = length <= INLINED_BYTES ? length : 4;
    for (let i = 0, to = word * 4 + 4; i < copied; i++) inBytes[to + i] = bytes[start + i] ?? 0;
    if (length > INLINED_BYTES) {
      const pointer = address + start;
      words[word + 2] = pointer | 0;
      words[word + 3] = Math.floor(pointer / TWO_32);
    }
    start += length;
  }
  duckdb.copy_data_to_vector(vector, 0, words.buffer, 0, words.byteLength);
  nulls.write(vector);
}

/**
 * UTF-8 of the texts, one after another. Without lone surrogates, of which two neighbours would become one character.
 */
function encoded(texts: readonly string[]): { readonly bytes: Buffer; readonly lengths: readonly number[] } {
  const joined = texts.join("");
  const bytes = Buffer.from(joined);
  if (bytes.length === joined.length) return { bytes, lengths: texts.map(({ length }) => length) };
  const parts = texts.map((text) => Buffer.from(text));
  return { bytes: Buffer.concat(parts), lengths: parts.map(({ length }) => length) };
}

/** The address of a copy that lives as long as the vector. Addresses of user space are exact as numbers. */
function copied(vector: Vector, bytes: Buffer): number {
  duckdb.vector_assign_string_element_len(vector, 0, bytes);
  const { buffer, byteOffset } = duckdb.vector_get_data(vector, STRING_BYTES);
  return Number(new DataView(buffer, byteOffset).getBigUint64(8, true));
}

/** The rows of a vector without a value. */
class Nulls {
  readonly #valid: Uint8Array;
  #some = false;

  constructor(rows: number) {
    this.#valid = new Uint8Array(Math.ceil(rows / 64) * 8).fill(0xff);
  }

  add(row: number): void {
    this.#some = true;
    this.#valid[row >> 3] = (this.#valid[row >> 3] ?? 0) & ~(1 << (row & 7));
  }

  write(vector: Vector): void {
    if (!this.#some) return;
    duckdb.vector_ensure_validity_writable(vector);
    const { buffer, byteOffset, byteLength } = this.#valid;
    duckdb.copy_data_to_vector_validity(vector, 0, buffer as ArrayBuffer, byteOffset, byteLength);
  }
}
