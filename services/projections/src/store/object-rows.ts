import { columnOf, type Projection, type ViewRow } from "../projection.ts";
import { GenerationCache } from "./cache.ts";
import { isStoreError } from "./errors.ts";
import type { MemberTables } from "./members.ts";
import type { StoredRows } from "./stored-rows.ts";
import type { TableRows } from "./table-rows.ts";

/**
 * Maximum of unwritten rows. Beyond it the older half is written, since the newer half is likely to change again soon.
 */
const MAX_DIRTY = 32_768;
/** Small: reading a row again costs less than the garbage collection of many rows. */
const CACHE_BYTES = 1024 * 1024;
const ROW_OVERHEAD = 256;

/** Unwritten rows are objects in memory. For a store that commits often. */
export class ObjectRows implements TableRows {
  readonly #projection: Projection;
  readonly #stored: StoredRows;
  readonly #members: MemberTables | undefined;
  readonly #onUnwritable: ((row: ViewRow, error: unknown) => void) | undefined;
  readonly #cache = new GenerationCache<ViewRow>(CACHE_BYTES);
  readonly #dirty = new Map<string, ViewRow>();

  /**
   * @param onUnwritable called when a row cannot be written and keeps its previous state; undefined: the error is
   * thrown
   */
  constructor(
    projection: Projection,
    stored: StoredRows,
    members: MemberTables | undefined,
    onUnwritable: ((row: ViewRow, error: unknown) => void) | undefined,
  ) {
    this.#projection = projection;
    this.#stored = stored;
    this.#members = members;
    this.#onUnwritable = onUnwritable;
  }

  get(key: string): ViewRow | undefined {
    return this.#dirty.get(key) ?? this.#cache.get(key) ?? this.#load(key);
  }

  set(key: string, row: ViewRow): void {
    this.#dirty.set(key, row);
    if (this.#dirty.size >= MAX_DIRTY) this.#writeHalf();
  }

  /** Checks unwritten rows in memory: writing them first would cost thousands of statements an event. */
  *keysWhere(column: string, value: string): Iterable<string> {
    const { of } = columnOf(this.#projection, column) as { of(row: ViewRow): unknown };
    const waiting: string[] = [];
    for (const [key, row] of this.#dirty) if (of(row) === value) waiting.push(key);
    yield* waiting;
    for (const key of this.#stored.keysWhere(column, value)) if (!this.#dirty.has(key)) yield key;
  }

  writeSettled(keys: readonly string[]): void {
    for (const key of keys) {
      const row = this.#dirty.get(key);
      if (row === undefined) continue;
      this.#writeOut(key, row);
      this.#cache.delete(key);
    }
  }

  *writing(): Iterable<void> {
    for (const [key, row] of this.#dirty) {
      this.#writeOut(key, row);
      yield;
    }
  }

  writeAll(): void {
    for (const _ of this.writing());
  }

  #load(key: string): ViewRow | undefined {
    const stored = this.#stored.read(key);
    if (stored === undefined) return undefined;
    this.#cache.put(key, stored.row, stored.length + ROW_OVERHEAD);
    return stored.row;
  }

  #writeHalf(): void {
    let left = MAX_DIRTY / 2;
    for (const _ of this.writing()) {
      left -= 1;
      if (left === 0) return;
    }
  }

  #writeOut(key: string, row: ViewRow): void {
    try {
      const json = JSON.stringify(row);
      this.#stored.write(key, row, json);
      this.#cache.put(key, row, json.length + ROW_OVERHEAD);
    } catch (error) {
      if (isStoreError(error) || this.#onUnwritable === undefined) throw error;
      this.#onUnwritable(row, error);
    }
    this.#dirty.delete(key);
    this.#members?.settled(key);
  }
}
