import { BIGINT, type DuckDBAppender, DuckDBDataChunk, VARCHAR } from "@duckdb/node-api";
import duckdb, { type Vector } from "@duckdb/node-bindings";
import type { Cell } from "./duck.ts";
import type { TableColumn } from "./tables.ts";

/** `duckdb_string_t` of duckdb.h: a length, then the text itself or its first four bytes and a pointer. */
const STRING_BYTES = 16;
const STRING_WORDS = STRING_BYTES / 4;
const INLINED_BYTES = 12;
const TWO_32 = 2 ** 32;
/** More different texts of a column in one chunk are not looked for. */
const MOST_DISTINCT = 64;

/**
 * Appends rows as one chunk.
 *
 * The client's own chunk calls native code for each text, which took a quarter of the history's ingest.
 */
export function appendRows(
  appender: DuckDBAppender,
  columns: readonly TableColumn[],
  rows: readonly (readonly Cell[])[],
): void {
  const types = columns.map(({ type }) => (type === "BIGINT" ? BIGINT : VARCHAR));
  const chunk = DuckDBDataChunk.create(types, rows.length);
  for (const [i, { type }] of columns.entries()) {
    const vector = duckdb.data_chunk_get_vector(chunk.chunk, i);
    if (type === "BIGINT") setIntegers(vector, rows, i);
    else setTexts(vector, rows, i);
  }
  appender.appendDataChunk(chunk);
}

function setIntegers(vector: Vector, rows: readonly (readonly Cell[])[], column: number): void {
  const words = new Int32Array(rows.length * 2);
  const nulls = new Nulls(rows.length);
  for (let row = 0; row < rows.length; row++) {
    const cell = rows[row]?.[column];
    if (typeof cell !== "number") {
      nulls.add(row);
      continue;
    }
    if (!Number.isInteger(cell)) throw new RangeError(`${cell} is not a whole number`);
    words[row * 2] = cell | 0;
    words[row * 2 + 1] = Math.floor(cell / TWO_32);
  }
  duckdb.copy_data_to_vector(vector, 0, words.buffer, 0, words.byteLength);
  nulls.write(vector);
}

/** Copies the texts of the column at once into the vector's memory, to which its strings then point. */
function setTexts(vector: Vector, rows: readonly (readonly Cell[])[], column: number): void {
  const nulls = new Nulls(rows.length);
  const distinct = new DistinctTexts();
  const indexes = new Int32Array(rows.length);
  for (let row = 0; row < rows.length; row++) {
    const cell = rows[row]?.[column];
    indexes[row] = distinct.indexOf(typeof cell === "string" ? cell : "");
    if (typeof cell !== "string") nulls.add(row);
  }
  const strings = stringsOf(vector, distinct.texts);
  const words = new Int32Array(rows.length * STRING_WORDS);
  for (let row = 0, word = 0; row < rows.length; row++, word += STRING_WORDS) {
    const from = (indexes[row] ?? 0) * STRING_WORDS;
    words[word] = strings[from] ?? 0;
    words[word + 1] = strings[from + 1] ?? 0;
    words[word + 2] = strings[from + 2] ?? 0;
    words[word + 3] = strings[from + 3] ?? 0;
  }
  duckdb.copy_data_to_vector(vector, 0, words.buffer, 0, words.byteLength);
  nulls.write(vector);
}

/** A `duckdb_string_t` for each of the texts. */
function stringsOf(vector: Vector, texts: readonly string[]): Int32Array {
  const { bytes, lengths } = encoded(texts);
  const address = bytes.length > INLINED_BYTES ? copied(vector, bytes) : 0;
  const words = new Int32Array(texts.length * STRING_WORDS);
  const inBytes = new Uint8Array(words.buffer);
  for (let i = 0, start = 0; i < texts.length; i++) {
    const length = lengths[i] ?? 0;
    const word = i * STRING_WORDS;
    words[word] = length;
    const inlined = length <= INLINED_BYTES ? length : 4;
    for (let at = 0, to = word * 4 + 4; at < inlined; at++) inBytes[to + at] = bytes[start + at] ?? 0;
    if (length > INLINED_BYTES) {
      const pointer = address + start;
      words[word + 2] = pointer | 0;
      words[word + 3] = Math.floor(pointer / TWO_32);
    }
    start += length;
  }
  return words;
}

/** The texts of a column. Few different ones, such as types of events, are encoded once; many are not compared. */
class DistinctTexts {
  readonly texts: string[] = [];
  readonly #known = new Map<string, number>();
  #last = "";
  #lastIndex = -1;

  indexOf(text: string): number {
    if (text === this.#last && this.#lastIndex >= 0) return this.#lastIndex;
    let index = this.#known.size > MOST_DISTINCT ? undefined : this.#known.get(text);
    if (index === undefined) {
      index = this.texts.push(text) - 1;
      if (this.#known.size <= MOST_DISTINCT) this.#known.set(text, index);
    }
    this.#last = text;
    this.#lastIndex = index;
    return index;
  }
}

/** UTF-8 of the texts, one after another. Without lone surrogates, of which two neighbours would become one character. */
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
