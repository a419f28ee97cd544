import { BIGINT, type DuckDBAppender, DuckDBDataChunk, TIMESTAMPTZ, VARCHAR } from "@duckdb/node-api";
import duckdb, { type Vector } from "@duckdb/node-bindings";
import type { Cell } from "./duck.ts";
import type { TableColumn } from "./tables.ts";

/** `duckdb_string_t` of duckdb.h: a length, then the text itself or its first four bytes and a pointer. */
const STRING_BYTES = 16;
const STRING_WORDS = STRING_BYTES / 4;
const INLINED_BYTES = 12;
const TWO_32 = 2 ** 32;
/** Microseconds in a millisecond. DuckDB's times are in microseconds since 1970. */
const MICROSECONDS = 1_000;

/** DuckDB's vectors have no more. */
export const CHUNK_ROWS = 2_048;

// Reused for each column, because memory outside of V8's heap is freed late.
const strings = new Int32Array(CHUNK_ROWS * STRING_WORDS);
const integers = new Int32Array(CHUNK_ROWS * 2);
const utf8 = Buffer.allocUnsafeSlow(2 * 1024 ** 2);

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
  #failure: unknown;

  constructor(appender: DuckDBAppender, columns: readonly TableColumn[]) {
    this.#appender = appender;
    this.#columns = columns;
    this.#chunk = DuckDBDataChunk.create(columns.map(({ type }) => TYPES[type]));
    this.#vectors = columns.map((_, i) => duckdb.data_chunk_get_vector(this.#chunk.chunk, i));
  }

  /** The first error. It is not known which rows the table has since then, so every later call throws it again. */
  get failure(): unknown {
    return this.#failure;
  }

  /** @param rows at most {@link CHUNK_ROWS} */
  append(rows: readonly (readonly Cell[])[]): void {
    this.#attempt(() => {
      this.#chunk.rowCount = rows.length;
      for (const [i, { type }] of this.#columns.entries()) {
        const vector = this.#vectors[i];
        if (vector === undefined) continue;
        if (type === "VARCHAR") setTexts(vector, rows, i);
        else setIntegers(vector, rows, i, type === "TIMESTAMPTZ" ? MICROSECONDS : 1);
      }
      this.#appender.appendDataChunk(this.#chunk);
      this.#chunk.reset();
    });
  }

  /** Afterwards, statements find all rows. */
  flush(): void {
    this.#attempt(() => this.#appender.flushSync());
  }

  close(): void {
    this.#appender.closeSync();
  }

  #attempt(write: () => void): void {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      write();
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }
}

/** `factor` multiplies the cells. The products need more than the 53 bits of a number. */
function setIntegers(vector: Vector, rows: readonly (readonly Cell[])[], column: number, factor: number): void {
  const nulls = new Nulls(rows.length);
  for (let row = 0; row < rows.length; row++) {
    const cell = rows[row]?.[column];
    if (typeof cell !== "number") {
      nulls.add(row);
      integers.fill(0, row * 2, row * 2 + 2);
      continue;
    }
    if (!Number.isInteger(cell)) throw new RangeError(`${cell} is not a whole number`);
    const high = Math.floor(cell / TWO_32);
    const low = (cell - high * TWO_32) * factor;
    integers[row * 2] = low | 0;
    integers[row * 2 + 1] = high * factor + Math.floor(low / TWO_32);
  }
  duckdb.copy_data_to_vector(vector, 0, integers.buffer, 0, rows.length * 8);
  nulls.write(vector);
}

/** Copies the texts of the column at once into the vector's memory, to which its strings then point. */
function setTexts(vector: Vector, rows: readonly (readonly Cell[])[], column: number): void {
  const nulls = new Nulls(rows.length);
  const texts: string[] = [];
  for (let row = 0; row < rows.length; row++) {
    const cell = rows[row]?.[column];
    if (typeof cell === "string") texts.push(cell);
    else {
      texts.push("");
      nulls.add(row);
    }
  }
  const { bytes, length: size, lengths } = encoded(texts);
  const address = size > INLINED_BYTES ? copied(vector, bytes.subarray(0, size)) : 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let row = 0, start = 0; row < rows.length; row++) {
    const length = lengths === undefined ? (texts[row]?.length ?? 0) : (lengths[row] ?? 0);
    const word = row * STRING_WORDS;
    strings[word] = length;
    if (length > INLINED_BYTES) {
      const pointer = address + start;
      strings[word + 1] = view.getInt32(start, true);
      strings[word + 2] = pointer | 0;
      strings[word + 3] = Math.floor(pointer / TWO_32);
    } else {
      strings[word + 1] = view.getInt32(start, true) & maskOf(length);
      strings[word + 2] = view.getInt32(start + 4, true) & maskOf(length - 4);
      strings[word + 3] = view.getInt32(start + 8, true) & maskOf(length - 8);
    }
    start += length;
  }
  duckdb.copy_data_to_vector(vector, 0, strings.buffer, 0, rows.length * STRING_BYTES);
  nulls.write(vector);
}

/** Masks a word of which `bytes` bytes are text: the bytes after an inlined text are zero. */
function maskOf(bytes: number): number {
  return bytes >= 4 ? -1 : bytes <= 0 ? 0 : (1 << (bytes * 8)) - 1;
}

interface Encoded {
  /** Valid until the next call. After the texts there are at least 12 bytes, so that whole words can be read. */
  readonly bytes: Buffer;
  readonly length: number;
  /** The texts' lengths in bytes; undefined if they equal the lengths in characters. */
  readonly lengths?: readonly number[];
}

/**
 * UTF-8 of the texts, one after another. Texts beyond ASCII are encoded one by one: if they were joined, lone
 * surrogates of two neighbours would become one character.
 */
function encoded(texts: readonly string[]): Encoded {
  const joined = texts.join("");
  const most = joined.length * 3 + INLINED_BYTES;
  const bytes = most <= utf8.length ? utf8 : Buffer.allocUnsafe(most);
  const length = bytes.write(joined);
  if (length === joined.length) return { bytes, length };
  let end = 0;
  const lengths = texts.map((text) => {
    const written = bytes.write(text, end);
    end += written;
    return written;
  });
  return { bytes, length: end, lengths };
}

/** The address of a copy that lives as long as the vector. Addresses of user space are exact as numbers. */
function copied(vector: Vector, bytes: Buffer): number {
  duckdb.vector_assign_string_element_len(vector, 0, bytes);
  const { buffer, byteOffset } = duckdb.vector_get_data(vector, STRING_BYTES);
  return Number(new DataView(buffer, byteOffset).getBigUint64(8, true));
}

/** Marks the rows of a vector that have no value. */
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
