import { LRUCache } from "lru-cache";

type Row = Readonly<Record<string, unknown>>;

/** Maximum size of the results of one moment. */
const MAX_CHARS = 2 * 1_024 ** 2;
/** Counted for each cell, in addition to the characters of its text. */
const CELL_CHARS = 16;

/** Results of statements about rows that never change. Those that were asked for longest ago are dropped first. */
export class KeptResults {
  readonly #kept: LRUCache<string, readonly Row[]>;

  constructor(chars = MAX_CHARS) {
    this.#kept = new LRUCache({
      maxSize: chars,
      // A larger result is not kept: it would drop most of the others.
      maxEntrySize: chars / 4,
      sizeCalculation: (rows, key) => charsOf(key, rows),
    });
  }

  get(key: string): readonly Row[] | undefined {
    return this.#kept.get(key);
  }

  add(key: string, rows: readonly Row[]): void {
    this.#kept.set(key, rows);
  }
}

function charsOf(key: string, rows: readonly Row[]): number {
  let chars = key.length;
  for (const row of rows) {
    for (const value of Object.values(row)) chars += CELL_CHARS + (typeof value === "string" ? value.length : 0);
  }
  return chars;
}
