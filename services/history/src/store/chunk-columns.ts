import duckdb, { type Vector } from "@duckdb/node-bindings";
import type { Cell } from "./duck.ts";
import type { TableColumn } from "./tables.ts";

/** Maximum number of rows in a vector of DuckDB. */
export const CHUNK_ROWS = 2_048;
/** Rows for which a column first has memory. Most tables of a small fleet never get as many rows as a chunk. */
const FIRST_ROWS = 64;

/** `duckdb_string_t` of duckdb.h: a length, then the text itself or its first four bytes and a pointer. */
const STRING_BYTES = 16;
const STRING_WORDS = STRING_BYTES / 4;
const INLINED_BYTES = 12;
const MOST_BYTES_A_CHAR = 3;
const TWO_32 = 2 ** 32;
/** Microseconds in a millisecond. DuckDB's times are in microseconds since 1970. */
const MICROSECONDS = 1_000;
/** Bytes for the texts of a column. More are allocated if needed, and kept up to the second number. */
const TEXT_BYTES = { first: 4_096, kept: 1024 ** 2 } as const;

/** The cells of one column that wait for a chunk, in DuckDB's own layout. Memory is allocated as cells are set. */
export interface ChunkColumn {
  /**
   * Cells of another type than the column's become null. Cells are set in the order of rows.
   *
   * @returns the bytes that the cell takes beside its place in the row
   */
  set(row: number, cell: Cell | undefined): number;
  /** Fills a vector with the first `rows` cells. Then the column is empty. */
  moveTo(vector: Vector, rows: number): void;
}

export function chunkColumn({ type }: TableColumn): ChunkColumn {
  return type === "VARCHAR" ? new TextColumn() : new IntegerColumn(type === "TIMESTAMPTZ" ? MICROSECONDS : 1);
}

/** Bytes of a cell, without those that {@link ChunkColumn.set} returns. */
export function cellBytes(type: TableColumn["type"]): number {
  return type === "VARCHAR" ? STRING_BYTES : 8;
}

class IntegerColumn implements ChunkColumn {
  readonly #factor: number;
  readonly #nulls = new Nulls();
  #words: Int32Array | undefined;

  /** @param factor multiplies the cells. The products need more than the 53 bits of a number. */
  constructor(factor: number) {
    this.#factor = factor;
  }

  set(row: number, cell: Cell | undefined): number {
    const words = wordsFor(row, this.#words, 2);
    this.#words = words;
    if (typeof cell !== "number") {
      this.#nulls.add(row);
      words[row * 2] = 0;
      words[row * 2 + 1] = 0;
      return 0;
    }
    if (!Number.isInteger(cell)) throw new RangeError(`${cell} is not a whole number`);
    const high = Math.floor(cell / TWO_32);
    const low = (cell - high * TWO_32) * this.#factor;
    words[row * 2] = low | 0;
    words[row * 2 + 1] = high * this.#factor + Math.floor(low / TWO_32);
    return 0;
  }

  moveTo(vector: Vector, rows: number): void {
    if (this.#words === undefined) return;
    duckdb.copy_data_to_vector(vector, 0, this.#words.buffer as ArrayBuffer, 0, rows * 8);
    this.#nulls.moveTo(vector);
  }
}

class TextColumn implements ChunkColumn {
  readonly #nulls = new Nulls();
  #words: Int32Array | undefined;
  #bytes = Buffer.alloc(0);
  #size = 0;
  #last: string | undefined;

  set(row: number, cell: Cell | undefined): number {
    const words = wordsFor(row, this.#words, STRING_WORDS);
    this.#words = words;
    const word = row * STRING_WORDS;
    if (typeof cell !== "string") {
      this.#nulls.add(row);
      put(words, word, 0, 0, 0, 0);
    } else if (cell.length > INLINED_BYTES || !inlined(words, word, cell)) {
      // Neighbouring rows often have the same text, which is then stored once.
      const isSame = cell === this.#last;
      this.#last = cell;
      if (!isSame) return this.#add(words, word, cell);
      repeat(words, word);
      return 0;
    }
    this.#last = undefined;
    return 0;
  }

  /** The texts are copied at once into the vector's memory, to which its strings then point. */
  moveTo(vector: Vector, rows: number): void {
    const words = this.#words;
    if (words === undefined) return;
    if (this.#size > 0) {
      const address = copied(vector, this.#bytes.subarray(0, this.#size));
      for (let word = 0; word < rows * STRING_WORDS; word += STRING_WORDS) {
        if ((words[word] ?? 0) <= INLINED_BYTES) continue;
        const pointer = address + (words[word + 2] ?? 0);
        words[word + 2] = pointer | 0;
        words[word + 3] = Math.floor(pointer / TWO_32);
      }
    }
    duckdb.copy_data_to_vector(vector, 0, words.buffer as ArrayBuffer, 0, rows * STRING_BYTES);
    this.#nulls.moveTo(vector);
    this.#size = 0;
    this.#last = undefined;
    if (this.#bytes.length > TEXT_BYTES.kept) this.#bytes = Buffer.alloc(0);
  }

  /**
   * Adds a long text, or one that is not ASCII. Until {@link moveTo}, the string's pointer is an offset in `#bytes`.
   */
  #add(words: Int32Array, word: number, text: string): number {
    this.#reserve(text.length * MOST_BYTES_A_CHAR);
    const bytes = this.#bytes;
    const start = this.#size;
    const length = bytes.write(text, start);
    if (length > INLINED_BYTES) {
      put(words, word, length, wordAt(bytes, start), start, 0);
      this.#size += length;
      return length;
    }
    bytes.fill(0, start + length, start + INLINED_BYTES);
    put(words, word, length, wordAt(bytes, start), wordAt(bytes, start + 4), wordAt(bytes, start + 8));
    return 0;
  }

  /** Makes room for `more` bytes, and at least for those of an inlined text. */
  #reserve(more: number): void {
    const needed = this.#size + Math.max(more, INLINED_BYTES);
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2, TEXT_BYTES.first));
    this.#bytes.copy(larger, 0, 0, this.#size);
    this.#bytes = larger;
  }
}

/**
 * Memory with place for a row, which has the earlier cells.
 * @param each words of a row
 */
function wordsFor(row: number, words: Int32Array | undefined, each: number): Int32Array {
  const needed = (row + 1) * each;
  if (words !== undefined && needed <= words.length) return words;
  const rows = Math.min(CHUNK_ROWS, Math.max(FIRST_ROWS, 2 ** Math.ceil(Math.log2(row + 1))));
  const larger = new Int32Array(rows * each);
  if (words !== undefined) larger.set(words);
  return larger;
}

/** Stores a short text within its string. False if the text is not ASCII, because its bytes may then be too many. */
function inlined(words: Int32Array, word: number, text: string): boolean {
  const { length } = text;
  let first = 0;
  let second = 0;
  let third = 0;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return false;
    const byte = code << ((i & 3) * 8);
    if (i < 4) first |= byte;
    else if (i < 8) second |= byte;
    else third |= byte;
  }
  put(words, word, length, first, second, third);
  return true;
}

/** Repeats the string of the row before. */
function repeat(words: Int32Array, word: number): void {
  for (let i = word; i < word + STRING_WORDS; i++) words[i] = words[i - STRING_WORDS] ?? 0;
}

// Not `fill` and `copyWithin`: calls of native code take longer than writing a string's four words.
function put(words: Int32Array, word: number, length: number, first: number, second: number, third: number): void {
  words[word] = length;
  words[word + 1] = first;
  words[word + 2] = second;
  words[word + 3] = third;
}

function wordAt(bytes: Buffer, start: number): number {
  const low = (bytes[start] ?? 0) | ((bytes[start + 1] ?? 0) << 8);
  return low | ((bytes[start + 2] ?? 0) << 16) | ((bytes[start + 3] ?? 0) << 24);
}

/** The address of a copy that lives as long as the vector. Addresses of user space are exact as numbers. */
function copied(vector: Vector, bytes: Buffer): number {
  duckdb.vector_assign_string_element_len(vector, 0, bytes);
  const { buffer, byteOffset } = duckdb.vector_get_data(vector, STRING_BYTES);
  return Number(new DataView(buffer, byteOffset).getBigUint64(8, true));
}

/** Marks the rows of a vector that have no value. */
class Nulls {
  readonly #valid = new Uint8Array(CHUNK_ROWS / 8).fill(0xff);
  #some = false;

  add(row: number): void {
    this.#some = true;
    this.#valid[row >> 3] = (this.#valid[row >> 3] ?? 0) & ~(1 << (row & 7));
  }

  moveTo(vector: Vector): void {
    if (!this.#some) return;
    duckdb.vector_ensure_validity_writable(vector);
    const { buffer, byteOffset, byteLength } = this.#valid;
    duckdb.copy_data_to_vector_validity(vector, 0, buffer as ArrayBuffer, byteOffset, byteLength);
    this.#valid.fill(0xff);
    this.#some = false;
  }
}
