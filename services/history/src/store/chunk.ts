import { BIGINT, type DuckDBAppender, DuckDBDataChunk, TIMESTAMPTZ, VARCHAR } from "@duckdb/node-api";
import duckdb, { type Vector } from "@duckdb/node-bindings";
import { CHUNK_ROWS, type ChunkColumn, cellBytes, chunkColumn } from "./chunk-columns.ts";
import type { Cell } from "./duck.ts";
import type { TableColumn } from "./tables.ts";

/** About this many bytes of texts fill a chunk. A second limit, because devices decide how large events are. */
const CHUNK_BYTES = 4 * 1024 ** 2;
/**
 * A table's row group has this many rows; after a flush of fewer, DuckDB copies them once more. Until the flush, appended
 * rows are in memory that DuckDB's limit does not count.
 */
const ROWS_A_FLUSH = 122_880;

const TYPES = { BIGINT, TIMESTAMPTZ, VARCHAR } as const;

/**
 * Appends rows to a table, a chunk at a time. Cells of another type than the column's become null.
 *
 * The client's own chunk calls native code for each text, which took a quarter of the history's ingest. All rows go through
 * one native chunk, because V8 does not count a native chunk's memory, and Node frees it only when the event loop turns.
 */
export class ChunkAppender {
  readonly #appender: DuckDBAppender;
  readonly #columns: readonly ChunkColumn[];
  readonly #chunk: DuckDBDataChunk;
  readonly #vectors: readonly Vector[];
  /** Number of rows in the columns. */
  #waiting = 0;
  /** Bytes of the texts in the columns. */
  #bytes = 0;
  readonly #rowBytes: number;
  #unflushed = 0;
  #appendedBytes = 0;
  #failure: unknown;

  constructor(appender: DuckDBAppender, columns: readonly TableColumn[]) {
    this.#appender = appender;
    this.#columns = columns.map(chunkColumn);
    this.#rowBytes = columns.reduce((sum, { type }) => sum + cellBytes(type), 0);
    this.#chunk = DuckDBDataChunk.create(columns.map(({ type }) => TYPES[type]));
    this.#vectors = columns.map((_, i) => duckdb.data_chunk_get_vector(this.#chunk.chunk, i));
  }

  /**
   * The first error. It is not known which rows the table has since then, so every later call throws this error again.
   */
  get failure(): unknown {
    return this.#failure;
  }

  /** Bytes of all rows that were added. */
  get bytes(): number {
    return this.#appendedBytes + this.#bytes + this.#waiting * this.#rowBytes;
  }

  /** @param cells in the order of the columns; not kept */
  add(cells: readonly Cell[]): void {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      for (let i = 0; i < this.#columns.length; i++) {
        this.#bytes += this.#columns[i]?.set(this.#waiting, cells[i]) ?? 0;
      }
      this.#waiting += 1;
      if (this.#waiting === CHUNK_ROWS || this.#bytes >= CHUNK_BYTES) this.#append();
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  /** Afterwards, statements find all rows. Costs more than adding a batch of events, so do not call it for each batch. */
  flush(): void {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      this.#append();
      if (this.#unflushed > 0) this.#flush();
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  close(): void {
    this.#appender.closeSync();
  }

  #append(): void {
    if (this.#waiting === 0) return;
    this.#chunk.rowCount = this.#waiting;
    for (const [i, column] of this.#columns.entries()) column.moveTo(this.#vectors[i] as Vector, this.#waiting);
    this.#appender.appendDataChunk(this.#chunk);
    this.#chunk.reset();
    this.#unflushed += this.#waiting;
    this.#appendedBytes = this.bytes;
    this.#waiting = 0;
    this.#bytes = 0;
    if (this.#unflushed >= ROWS_A_FLUSH) this.#flush();
  }

  #flush(): void {
    this.#appender.flushSync();
    this.#unflushed = 0;
  }
}
