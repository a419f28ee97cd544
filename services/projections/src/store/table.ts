import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { RecordedEvent } from "@fleetlog/domain";
import type { Belonging, ChangedScope } from "@fleetlog/protocol";
import { advance, columnOf, type Projection, type ViewRow } from "../projection.ts";
import { decodeSet } from "../select/sets.ts";
import { FacetCounts } from "./facets.ts";
import { MemberTables } from "./members.ts";
import { ObjectRows } from "./object-rows.ts";
import { OldestRows } from "./oldest-rows.ts";
import { PackedRows } from "./packed-rows.ts";
import type { RowPages } from "./row-pages.ts";
import { memberColumns } from "./schema.ts";
import { StoredRows } from "./stored-rows.ts";
import type { TableRows } from "./table-rows.ts";

/** Number of settled rows that are written together. */
const MAX_SETTLED = 1_024;
/** Maximum number of changed rows that are named. If more rows change, subscribers have to read the view again. */
const MAX_NAMED = 256;

export interface TableObserver {
  /**
   * Called for each new state of a row. Its `seq` is the event's. `before` is the row's last state, undefined for a new row.
   *
   * @param json the row
   */
  version(projection: Projection, key: string, row: ViewRow, before: ViewRow | undefined, json: string): void;
}

export interface TableOptions {
  /** Sequence of the newest event that has changed a row. */
  readonly changedAt: number;
  /** Called when a row cannot be written and keeps its previous state; default: the error is thrown. */
  readonly onUnwritable?: ((row: ViewRow, error: unknown) => void) | undefined;
  readonly observer?: TableObserver | undefined;
  /** Default: unwritten rows are objects. */
  readonly pages?: RowPages | undefined;
}

/** One projection's rows. Each transaction writes a row once, however often it changes. */
export class ViewTable {
  readonly projection: Projection;
  readonly #rows: TableRows;
  /** Keys of unwritten rows that hardly change any more. */
  #settled: string[] = [];
  readonly #facets: FacetCounts;
  readonly #members: MemberTables | undefined;
  readonly #observer: TableObserver | undefined;
  readonly #belonging: StatementSync | undefined;
  readonly #oldest: OldestRows | undefined;
  /** Previous states of rows that changed since the last flush; at most one more than {@link MAX_NAMED}. */
  #changed = new Map<string, ViewRow | undefined>();
  #changedAt: number;
  #flushed: ReadonlyMap<string, ViewRow | undefined> = new Map();

  constructor(db: DatabaseSync, projection: Projection, { changedAt, onUnwritable, observer, pages }: TableOptions) {
    this.#observer = observer;
    this.#changedAt = changedAt;
    this.projection = projection;
    this.#facets = new FacetCounts(db, projection);
    this.#members = memberColumns(projection).length === 0 ? undefined : new MemberTables(db, projection);
    const stored = new StoredRows(db, projection, this.#members);
    // Settled rows are not packed: they are written soon and hardly read again.
    if (pages !== undefined && projection.isSettled === undefined) {
      this.#rows = new PackedRows(projection, stored, pages);
    } else {
      const tell = onUnwritable && ((row: ViewRow, error: unknown) => this.#leftOut(row, error, onUnwritable));
      this.#rows = new ObjectRows(projection, stored, this.#members, tell);
    }
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
      const { column, value } = touched;
      const { name, foundBy } = this.projection;
      if (!foundBy?.includes(column)) throw new TypeError(`${name} must list ${column} in foundBy`);
      const { of } = columnOf(this.projection, column) as { of(row: ViewRow): unknown };
      for (const key of this.#rows.keysWhere(column, value)) {
        const row = this.#rows.get(key);
        if (row !== undefined && of(row) === value) this.#evolve(key, row, event);
      }
    }
    if (touched.key === undefined) return;
    this.#evolve(touched.key, touched.isNew ? undefined : this.#rows.get(touched.key), event);
  }

  /** @see TableRows.writing */
  writing(): Iterable<void> {
    return this.#rows.writing();
  }

  /** Returns the keys changed since the last call; null if too many to name. */
  flush(): readonly string[] | null {
    this.#rows.writeAll();
    this.#settled = [];
    this.#oldest?.drop();
    this.#flushed = this.#changed;
    this.#changed = new Map();
    return this.#flushed.size > MAX_NAMED ? null : [...this.#flushed.keys()];
  }

  reference(key: string, column: string): string | undefined {
    if (column === "key") return key;
    const row = this.#rows.get(key);
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
    this.#rows.writeAll();
    return this.#facets.of(column);
  }

  #evolve(key: string, row: ViewRow | undefined, event: RecordedEvent): void {
    const next = advance(this.projection, row, event);
    if (next === undefined || next === row) return;
    this.#changedAt = event.seq;
    const json = this.#observer && JSON.stringify(next);
    if (json !== undefined) this.#observer?.version(this.projection, key, next, row, json);
    this.#facets.changed(row, next);
    this.#members?.changed(key, row, next);
    this.#rows.set(key, next, json);
    if (this.#changed.size <= MAX_NAMED && !this.#changed.has(key)) this.#changed.set(key, row);
    this.#noteSettled(key, row, next);
  }

  #noteSettled(key: string, row: ViewRow | undefined, next: ViewRow): void {
    const { isSettled } = this.projection;
    if (isSettled === undefined || !isSettled(next) || (row !== undefined && isSettled(row))) return;
    if (this.#settled.push(key) < MAX_SETTLED) return;
    this.#rows.writeSettled(this.#settled);
    this.#settled = [];
    if (!this.#oldest?.noteWritten(MAX_SETTLED)) return;
    this.#rows.writeAll();
    this.#oldest.drop();
  }

  /** Forgets the counts, because they include the row that was not written. */
  #leftOut(row: ViewRow, error: unknown, tell: (row: ViewRow, error: unknown) => void): void {
    this.#facets.forget();
    tell(row, error);
  }
}
