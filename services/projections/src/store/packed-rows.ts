import { columnOf, type Projection, type ViewRow } from "../projection.ts";
import { LONGEST_ROW, type PagedTable, type RowPages } from "./row-pages.ts";
import type { StoredRows } from "./stored-rows.ts";
import type { TableRows } from "./table-rows.ts";

/** The place of a slot without a row. */
const NOWHERE = -1;

interface Found {
  readonly of: (row: ViewRow) => unknown;
  /** Hash of the column's value, by slot. */
  readonly hashes: number[];
}

/**
 * The newest rows are JSON in {@link RowPages}. For a store that commits seldom: rows change often between commits, and
 * objects would take three times the memory, which the garbage collector then reads again and again.
 *
 * A row has a slot while it is in memory, by which arrays know its key, its place, and whether it is unwritten.
 */
export class PackedRows implements TableRows, PagedTable {
  readonly #stored: StoredRows;
  readonly #pages: RowPages;
  readonly #number: number;
  readonly #found: ReadonlyMap<string, Found>;
  readonly #slots = new Map<string, number>();
  readonly #keys: string[] = [];
  readonly #places: number[] = [];
  readonly #unwritten: boolean[] = [];
  readonly #free: number[] = [];
  /** The row that {@link keysWhere} read last: its reader asks for it next. */
  #read: { readonly slot: number; readonly row: ViewRow } | undefined;

  constructor(projection: Projection, stored: StoredRows, pages: RowPages) {
    this.#stored = stored;
    this.#pages = pages;
    this.#number = pages.join(this);
    this.#found = new Map(
      (projection.foundBy ?? []).map((name) => {
        const { of } = columnOf(projection, name) as { of(row: ViewRow): unknown };
        return [name, { of, hashes: [] }];
      }),
    );
  }

  get(key: string): ViewRow | undefined {
    const slot = this.#slots.get(key);
    if (slot !== undefined) return this.#rowAt(slot);
    return this.#stored.read(key)?.row;
  }

  set(key: string, row: ViewRow, json = JSON.stringify(row)): void {
    let slot = this.#slots.get(key);
    if (json.length > LONGEST_ROW) {
      if (slot !== undefined) this.#forget(slot);
      this.#stored.write(key, row, json);
      return;
    }
    if (slot === undefined) slot = this.#newSlot(key);
    else this.#leave(slot);
    for (const { of, hashes } of this.#found.values()) hashes[slot] = hashOf(of(row));
    this.#unwritten[slot] = true;
    this.#places[slot] = this.#pages.add(this.#number, slot, json);
  }

  *keysWhere(column: string, value: string): Iterable<string> {
    const found = this.#found.get(column);
    if (found === undefined) throw new TypeError(`rows are not found by ${column}`);
    const hash = hashOf(value);
    for (let slot = 0; slot < found.hashes.length; slot++) {
      if (found.hashes[slot] !== hash || !this.#unwritten[slot]) continue;
      const row = this.#rowAt(slot);
      this.#read = { slot, row };
      if (found.of(row) === value) yield this.#keys[slot] ?? "";
    }
    this.#read = undefined;
    for (const key of this.#stored.keysWhere(column, value)) if (!this.#isUnwritten(key)) yield key;
  }

  writeSettled(keys: readonly string[]): void {
    for (const key of keys) {
      const slot = this.#slots.get(key);
      if (slot !== undefined) this.evict(slot);
    }
  }

  /** In the order of slots, which is about the order of the table, so that neighbours are written to a page together. */
  *writing(): Iterable<void> {
    for (const [slot, isUnwritten] of this.#unwritten.entries()) {
      if (!isUnwritten) continue;
      this.#write(slot);
      yield;
    }
  }

  writeAll(): void {
    for (const _ of this.writing());
  }

  placeOf(slot: number): number {
    return this.#places[slot] ?? NOWHERE;
  }

  moved(slot: number, place: number): void {
    this.#places[slot] = place;
  }

  evict(slot: number): void {
    if (this.#unwritten[slot]) this.#write(slot);
    this.#forget(slot);
  }

  #rowAt(slot: number): ViewRow {
    if (this.#read?.slot === slot) return this.#read.row;
    return JSON.parse(this.#pages.read(this.placeOf(slot))) as ViewRow;
  }

  #write(slot: number): void {
    const json = this.#pages.read(this.placeOf(slot));
    this.#stored.write(this.#keys[slot] ?? "", JSON.parse(json) as ViewRow, json);
    this.#unwritten[slot] = false;
  }

  #isUnwritten(key: string): boolean {
    const slot = this.#slots.get(key);
    return slot !== undefined && this.#unwritten[slot] === true;
  }

  #newSlot(key: string): number {
    const slot = this.#free.pop() ?? this.#keys.length;
    this.#slots.set(key, slot);
    this.#keys[slot] = key;
    this.#places[slot] = NOWHERE;
    return slot;
  }

  #forget(slot: number): void {
    this.#leave(slot);
    this.#slots.delete(this.#keys[slot] ?? "");
    this.#keys[slot] = "";
    this.#unwritten[slot] = false;
    this.#free.push(slot);
  }

  #leave(slot: number): void {
    this.#pages.remove(this.placeOf(slot));
    this.#places[slot] = NOWHERE;
    if (this.#read?.slot === slot) this.#read = undefined;
  }
}

/** FNV-1a. Values with the same hash are compared. */
function hashOf(value: unknown): number {
  let hash = 0x811c9dc5;
  if (typeof value !== "string") return hash;
  for (let i = 0; i < value.length; i++) hash = Math.imul(hash ^ value.charCodeAt(i), 0x01000193);
  return hash | 0;
}
