import type { ViewRow } from "../projection.ts";

/** The newest rows of a projection: those that are only in memory, and those in the database. */
export interface TableRows {
  get(key: string): ViewRow | undefined;

  /** @param json the row, if the caller has it */
  set(key: string, row: ViewRow, json?: string): void;

  /**
   * Keys of the rows with this value in a column of `foundBy`. Rows may change while the keys are read; keys of new rows
   * may be missing. If rows are written meanwhile, a key may come twice, or its row may no longer have the value.
   */
  keysWhere(column: string, value: string): Iterable<string>;

  /** Writes these rows, which hardly change any more, unless they are written already. */
  writeSettled(keys: readonly string[]): void;

  /** Writes a row with each step. After the last one, the database has all rows. */
  writing(): Iterable<void>;

  /** Does all steps of {@link writing}. */
  writeAll(): void;
}
