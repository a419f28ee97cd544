import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { RecordedEvent } from "@fleetlog/domain";
import type { Belonging, ChangedScope } from "@fleetlog/protocol";
import { advance, type Projection, type ViewRow } from "../projection.ts";
import { decodeSet, encodeSet } from "../select/sets.ts";
import { GenerationCache } from "./cache.ts";
import { isStoreError } from "./errors.ts";
import { FacetCounts } from "./facets.ts";
import { MemberTables } from "./members.ts";
import { OldestRows } from "./oldest-rows.ts";
import { indexStatement, memberColumns, upsertStatement } from "./schema.ts";

/**
 * Maximum of unwritten rows. Beyond it the older half is written, since the newer half is likely to change again soon.
 */
const MAX_DIRTY = 32_768;
/** This many settled rows are written together, long before {@link MAX_DIRTY} is reached. */
const MAX_SETTLED = 1_024;
/** Small: reading a row again costs less than the garbage collection of many rows. */
const CACHE_BYTES = 1024 * 1024;
const ROW_OVERHEAD = 256;
const KEYS_AT_ONCE = 1_024;
/** Maximum number of changed rows that are named. If more rows change, subscribers have to read the view again. */
const MAX_NAMED = 256;

export interface TableObserver {
  /** Called for each new state of a row. Its `seq` is the event's. `before` is the row's last state, undefined for a new row. */
  version(projection: Projection, key: string, row: ViewRow, before: ViewRow | undefined): void;
}

/** One projection's rows. Each transaction writes a row once, however often it changes. */
export class ViewTable {
  readonly projection: Projection;
  readonly #db: DatabaseSync;
  readonly #select: StatementSync;
  readonly #upsert: StatementSync;
  readonly #selectKeys = new Map<string, StatementSync>();
  readonly #cache = new GenerationCache<ViewRow>(CACHE_BYTES);
  readonly #dirty = new Map<string, ViewRow>();
  /** Keys of unwritten rows that hardly change any more. */
  #settled: string[] = [];
  readonly #facets: FacetCounts;
  readonly #members: MemberTables | undefined;
  readonly #onUnwritable: ((row: ViewRow, error: unknown) => void) | undefined;
  readonly #observer: TableObserver | undefined;
  readonly #belonging: StatementSync | undefined;
  readonly #oldest: OldestRows | undefined;
  /** Previous states of rows that changed since the last flush; at most one more than {@link MAX_NAMED}. */
  #changed = new Map<string, ViewRow | undefined>();
  #changedAt: number;
  #flushed: ReadonlyMap<string, ViewRow | undefined> = new Map();

  /**
   * @param onUnwritable called when a row cannot be written and keeps its previous state; undefined: the error is
   * thrown
   */
  constructor(
    db: DatabaseSync,
    projection: Projection,
    changedAt: number,
    onUnwritable?: (row: ViewRow, error: unknown) => void,
    observer?: TableObserver,
  ) {
    this.#observer = observer;
    this.#changedAt = changedAt;
    this.#onUnwritable = onUnwritable;
    this.projection = projection;
    this.#db = db;
    this.#select = db.prepare(`SELECT row FROM ${projection.name} WHERE key = ?`);
    this.#upsert = db.prepare(upsertStatement(projection));
    this.#facets = new FacetCounts(db, projection);
    this.#members = memberColumns(projection).length === 0 ? undefined : new MemberTables(db, projection);
    if (projection.newest !== undefined) this.#oldest = new OldestRows(db, projection, projection.newest);
    if (projection.belongs === "own") {
      this.#belonging = db.prepare(`SELECT "account", "tags" FROM ${projection.name} WHERE key = ?`);
    }
  }

  get changedAt(): number {
    return this.#changedAt;
  }

  apply(event: RecordedEvent): void {
    const touched = this.projection.touches(event);
    if (touched === undefined) return;
    if ("column" in touched) {
      for (const key of this.#keysWhere(touched.column, touched.value)) this.#evolve(key, event);
    }
    if (touched.key !== undefined) this.#evolve(touched.key, event, touched.isNew);
  }

  /** Returns the keys changed since the last call; null if too many to name. */
  flush(): readonly string[] | null {
    this.#spill();
    this.#settled = [];
    this.#oldest?.drop();
    this.#flushed = this.#changed;
    this.#changed = new Map();
    return this.#flushed.size > MAX_NAMED ? null : [...this.#flushed.keys()];
  }

  reference(key: string, column: string): string | undefined {
    if (column === "key") return key;
    const row = this.#cache.get(key) ?? this.#load(key);
    const found = row && this.projection.columns.find(({ name }) => name === column)?.of(row);
    return typeof found === "string" ? found : undefined;
  }

  belonging(key: string): Belonging | null {
    const found = this.#belonging?.get(key) as { account: string; tags: string } | undefined;
    return found === undefined ? null : { account: found.account, tags: decodeSet(found.tags) };
  }

  changedBelonging(key: string): ChangedScope {
    const after = this.belonging(key);
    if (!this.#flushed.has(key)) return { before: after, after };
    const row = this.#flushed.get(key);
    return { before: row === undefined ? null : this.#belongingOf(row), after };
  }

  #belongingOf(row: ViewRow): Belonging {
    const { columns } = this.projection;
    const [account, tags] = ["account", "tags"].map((name) => columns.find((column) => column.name === name)?.of(row));
    return { account: String(account), tags: Array.isArray(tags) ? tags : [] };
  }

  counts(column: string): ReadonlyMap<string, number> {
    if (this.#dirty.size > 0) this.#spill();
    return this.#facets.of(column);
  }

  #evolve(key: string, event: RecordedEvent, isNew = false): void {
    const row = isNew ? undefined : (this.#dirty.get(key) ?? this.#cache.get(key) ?? this.#load(key));
    const next = advance(this.projection, row, event);
    if (next === undefined || next === row) return;
    this.#changedAt = event.seq;
    this.#dirty.set(key, next);
    this.#observer?.version(this.projection, key, next, row);
    this.#facets.changed(row, next);
    this.#members?.changed(key, row, next);
    if (this.#changed.size <= MAX_NAMED && !this.#changed.has(key)) this.#changed.set(key, row);
    this.#noteSettled(key, row, next);
    if (this.#dirty.size >= MAX_DIRTY) this.#spill(MAX_DIRTY / 2);
  }

  #noteSettled(key: string, row: ViewRow | undefined, next: ViewRow): void {
    const { isSettled } = this.projection;
    if (isSettled === undefined || !isSettled(next) || (row !== undefined && isSettled(row))) return;
    if (this.#settled.push(key) < MAX_SETTLED) return;
    for (const settled of this.#settled) {
      const unwritten = this.#dirty.get(settled);
      if (unwritten === undefined) continue;
      this.#writeOut(settled, unwritten);
      this.#cache.delete(settled);
    }
    this.#settled = [];
    if (!this.#oldest?.noteWritten(MAX_SETTLED)) return;
    this.#spill();
    this.#oldest.drop();
  }

  #load(key: string): ViewRow | undefined {
    const found = this.#select.get(key) as { row: string } | undefined;
    if (found === undefined) return undefined;
    const row = JSON.parse(found.row) as ViewRow;
    this.#cache.put(key, row, found.row.length + ROW_OVERHEAD);
    return row;
  }

  /**
   * Checks unwritten rows in memory: writing them first would cost thousands of statements an event. Pages by key,
   * because rows leave the index meanwhile.
   */
  *#keysWhere(column: string, value: string): Iterable<string> {
    const { name: view, columns, foundBy } = this.projection;
    if (!foundBy?.includes(column)) throw new TypeError(`${view} must list ${column} in foundBy`);
    const of = columns.find(({ name }) => name === column)?.of;
    const waiting: string[] = [];
    for (const [key, row] of this.#dirty) if (of?.(row) === value) waiting.push(key);
    yield* waiting;
    const statement = this.#keysStatement(column);
    for (let after = ""; ; ) {
      const found = statement.all(value, after, KEYS_AT_ONCE) as { key: string }[];
      for (const { key } of found) if (!this.#dirty.has(key)) yield key;
      const last = found.at(-1);
      if (last === undefined || found.length < KEYS_AT_ONCE) return;
      after = last.key;
    }
  }

  #keysStatement(column: string): StatementSync {
    let statement = this.#selectKeys.get(column);
    if (statement === undefined) {
      // A build creates the other indexes at its end.
      const index = this.projection.indexes.find(({ on }) => on[0] === column);
      if (index !== undefined) this.#db.exec(indexStatement(this.projection, index));
      statement = this.#db.prepare(
        `SELECT key FROM ${this.projection.name} WHERE "${column}" = ? AND key > ? ORDER BY key LIMIT ?`,
      );
      this.#selectKeys.set(column, statement);
    }
    return statement;
  }

  #spill(most = this.#dirty.size): void {
    let left = most;
    for (const [key, row] of this.#dirty) {
      this.#writeOut(key, row);
      left -= 1;
      if (left === 0) return;
    }
  }

  #writeOut(key: string, row: ViewRow): void {
    try {
      this.#write(key, row);
    } catch (error) {
      if (isStoreError(error) || this.#onUnwritable === undefined) throw error;
      // The counts include the row that was not written.
      this.#facets.forget();
      this.#onUnwritable(row, error);
    }
    this.#dirty.delete(key);
    this.#members?.settled(key);
  }

  #write(key: string, row: ViewRow): void {
    const { columns, ordinal } = this.projection;
    const json = JSON.stringify(row);
    const values: SQLInputValue[] = ordinal === undefined ? [key, row.seq] : [ordinal(row), key, row.seq];
    for (const column of columns) {
      const value = column.of(row);
      values.push(typeof value === "object" && value !== null ? encodeSet(value) : value);
    }
    values.push(json);
    this.#upsert.run(...values);
    this.#members?.written(key, row);
    this.#cache.put(key, row, json.length + ROW_OVERHEAD);
  }
}
