import { DatabaseSync } from "node:sqlite";
import { CATEGORY_OF, type Category, type RecordedEvent } from "@fleetlog/domain";
import type { ChangedScope } from "@fleetlog/protocol";
import type { Projection, ViewRow } from "../projection.ts";
import type { Rows, Statement } from "../select/relation.ts";
import { AppliedIds } from "./applied-ids.ts";
import { changedScopes } from "./changed-scopes.ts";
import { isStoreError } from "./errors.ts";
import { Indexes } from "./indexes.ts";
import { type Meta, MetaTable } from "./meta.ts";
import { RowPages } from "./row-pages.ts";
import { tableStatements } from "./schema.ts";
import { Statements } from "./statements.ts";
import { type TableObserver, ViewTable } from "./table.ts";
import { WalLimit, type WalLimits } from "./wal-limit.ts";

export interface StoreOptions {
  readonly path: string;
  readonly projections: readonly Projection[];
  readonly onUnfoldable?: (event: RecordedEvent, view: string, error: unknown) => void;
  /** Called for a row that can't be written; the previous row is kept. */
  readonly onUnwritable?: (row: ViewRow, view: string, error: unknown) => void;
  /** The store knows the ids of at least this many of the newest events; default 327,680. */
  readonly rememberedIds?: number;
  /** A store that is not complete lacks indexes until {@link ViewStore.createIndex}. Default: it has all from the start. */
  readonly indexesLast?: boolean;
  readonly observer?: StoreObserver;
  /**
   * Bytes of rows that stay in memory as JSON between commits. For a store that commits seldom. Default: unwritten rows are
   * objects.
   */
  readonly packedBytes?: number;
  readonly walLimits?: WalLimits;
}

/** Follows a store: called in log order, before the changes are committed. */
export interface StoreObserver extends TableObserver {
  /** An event of any category of the stream, without repeats. */
  event(event: RecordedEvent): void;
}

/** The changes of one transaction: the keys of each projection's rows; null if too many to name. */
export interface Committed {
  readonly seq: number;
  readonly changed: ReadonlyMap<string, readonly string[] | null>;
}

const BUSY_MS = 5_000;
/** SQLite's page cache in KiB. Searches gain from more pages; building hardly gains. */
const CACHE = { building: 4_096, serving: 16_384 } as const;
/**
 * Pages of the write-ahead log at which SQLite copies them to the main file and syncs both. Building syncs as seldom as
 * possible. While serving, each sync must be short: nats-server syncs each event on the same disk.
 */
const CHECKPOINT_PAGES = { building: 16_000, serving: 4_000 } as const;

/**
 * The rows and the checkpoint of one stream's projections, written in one transaction of a SQLite file.
 *
 * A store that threw must not be used further.
 */
export class ViewStore implements Rows {
  readonly path: string;
  readonly #db: DatabaseSync;
  readonly #tables: readonly ViewTable[];
  readonly #byCategory = new Map<Category, ViewTable[]>();
  readonly #indexes: Indexes;
  readonly #metaTable: MetaTable;
  readonly #ids: AppliedIds;
  readonly #onUnfoldable: StoreOptions["onUnfoldable"];
  readonly #observer: StoreObserver | undefined;
  readonly #statements: Statements;
  readonly #walLimit: WalLimit;
  readonly #attached = new Set<string>();
  #meta: Meta;
  #pending: Pick<Meta, "checkpoint" | "first" | "last">;

  constructor(options: StoreOptions) {
    const { path, projections, onUnfoldable, onUnwritable, rememberedIds, indexesLast, observer, walLimits } = options;
    const pages = options.packedBytes === undefined ? undefined : new RowPages(options.packedBytes);
    this.path = path;
    this.#onUnfoldable = onUnfoldable;
    this.#observer = observer;
    this.#db = new DatabaseSync(path, { timeout: BUSY_MS });
    this.#walLimit = new WalLimit(this.#db, path, BUSY_MS, walLimits);
    // NORMAL in WAL mode: a power cut can undo the newest transactions, but the log has their events.
    this.#db.exec(`
      PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 67108864;
    `);
    this.#db.exec(tableStatements(projections));
    this.#statements = new Statements(this.#db);
    this.#metaTable = new MetaTable(this.#db);
    this.#ids = new AppliedIds(this.#db, rememberedIds);
    this.#meta = this.#metaTable.read();
    this.#pending = this.#meta;
    const { complete } = this.#meta;
    this.#indexes = new Indexes(this.#db, projections);
    if (complete || !indexesLast) for (const name of this.missingIndexes()) this.createIndex(name);
    // Sorting for an index takes no more memory than the cache, provided that SQLite may sort in files.
    this.#use(complete ? "serving" : "building", !complete && indexesLast ? "FILE" : "MEMORY");
    this.#tables = projections.map((projection) => {
      const tell = onUnwritable && ((row: ViewRow, error: unknown) => onUnwritable(row, projection.name, error));
      const changedAt = this.#meta.changedAt[projection.name] ?? 0;
      return new ViewTable(this.#db, projection, { changedAt, onUnwritable: tell, observer, pages });
    });
    for (const table of this.#tables) {
      for (const category of table.projection.categories) {
        this.#byCategory.set(category, [...(this.#byCategory.get(category) ?? []), table]);
      }
    }
  }

  get meta(): Readonly<Meta> {
    return this.#meta;
  }

  /** The size of the database, of which a part may be in the write-ahead log. */
  get bytes(): number {
    const pragma = "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size";
    return this.queryOne<{ bytes: number }>(pragma)?.bytes ?? 0;
  }

  get uncommitted(): number {
    return this.#pending.checkpoint - this.#meta.checkpoint;
  }

  get categories(): readonly Category[] {
    return [...this.#byCategory.keys()];
  }

  /** Applies each id once. `events` are in log order, and include all events up to `throughSeq`. */
  apply(events: Iterable<RecordedEvent>, throughSeq: number): void {
    let { checkpoint, first, last } = this.#pending;
    this.#begin();
    this.#ids.load();
    for (const event of events) {
      if (event.seq <= checkpoint) continue;
      this.#applyOne(event);
      last = { seq: event.seq, id: event.id };
      first ??= last;
    }
    checkpoint = Math.max(checkpoint, throughSeq);
    this.#ids.saveIfMany(checkpoint);
    this.#pending = { checkpoint, first, last };
  }

  /** Writes a changed row with each step, so that a {@link commit} of many rows need not hold up the process. */
  *writing(): Iterable<void> {
    this.#begin();
    for (const table of this.#tables) yield* table.writing();
  }

  commit(): Committed {
    this.#begin();
    const changed = new Map<string, readonly string[] | null>();
    for (const table of this.#tables) {
      const keys = table.flush();
      if (keys === null || keys.length > 0) changed.set(table.projection.name, keys);
    }
    const changedAt = Object.fromEntries(this.#tables.map((table) => [table.projection.name, table.changedAt]));
    this.#ids.save(this.#pending.checkpoint);
    this.#metaTable.write({ ...this.#pending, changedAt });
    this.#db.exec("COMMIT");
    this.#walLimit.committed();
    this.#meta = { ...this.#meta, ...this.#pending, changedAt };
    return { seq: this.#meta.checkpoint, changed };
  }

  /** The indexes to create before queries are answered. */
  missingIndexes(): string[] {
    return this.#indexes.missing();
  }

  /** Takes about a second for each million rows. */
  createIndex(name: string): void {
    this.#indexes.create(name);
  }

  /** Queries may be answered from now on. */
  markComplete(): void {
    this.#metaTable.write({ complete: true });
    this.#meta = { ...this.#meta, complete: true };
    this.#use("serving", "MEMORY");
  }

  /** Prepared statements are cached by text: pass values as parameters. */
  query<Row>(sql: string, ...values: (string | number)[]): Row[] {
    return this.#statements.of(sql).all(...values) as Row[];
  }

  select<Row>({ sql, values }: Statement): Row[] {
    return this.query(sql, ...values);
  }

  queryOne<Row>(sql: string, ...values: (string | number)[]): Row | undefined {
    return this.#statements.of(sql).get(...values) as Row | undefined;
  }

  changedAt(projection: string): number {
    return this.#table(projection).changedAt;
  }

  counts(projection: string, column: string): ReadonlyMap<string, number> {
    return this.#table(projection).counts(column);
  }

  completeCounts(): ReadonlyMap<string, ReadonlyMap<string, number>> {
    const all = new Map<string, ReadonlyMap<string, number>>();
    for (const table of this.#tables) {
      const { name, facets = [] } = table.projection;
      for (const { column, complete } of facets) if (complete) all.set(`${name}.${column}`, table.counts(column));
    }
    return all;
  }

  /**
   * Returns what {@link changedScopes} returns.
   * @param owners the store of the projection that these rows refer to
   */
  belongings(projection: string, keys: readonly string[], owners: ViewStore): ChangedScope[] | undefined {
    const ownersTable = (name: string) => owners.#table(name);
    return changedScopes(this.#table(projection), keys, { table: ownersTable, isSameStore: owners === this });
  }

  has(projection: string): boolean {
    return this.#tables.some((table) => table.projection.name === projection);
  }

  projection(name: string): Projection {
    return this.#table(name).projection;
  }

  attach(name: string, path: string): void {
    this.#db.prepare(`ATTACH ? AS "${name}"`).run(path);
    this.#attached.add(name);
  }

  detach(name: string): void {
    if (this.#attached.delete(name)) this.#db.exec(`DETACH "${name}"`);
  }

  close(): void {
    if (!this.#db.isOpen) return;
    if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
    this.#db.close();
  }

  /**
   * Begins a transaction, but not with IMMEDIATE, which would lock attached stores. No other connection writes to this
   * store.
   */
  #begin(): void {
    if (!this.#db.isTransaction) this.#db.exec("BEGIN");
  }

  #table(name: string): ViewTable {
    const table = this.#tables.find(({ projection }) => projection.name === name);
    if (table === undefined) throw new TypeError(`there is no projection ${name}`);
    return table;
  }

  #use(phase: "building" | "serving", sortIn: "FILE" | "MEMORY"): void {
    this.#db.exec(`
      PRAGMA cache_size = -${CACHE[phase]}; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES[phase]};
      PRAGMA temp_store = ${sortIn};
    `);
  }

  #applyOne(event: RecordedEvent): void {
    const tables = this.#byCategory.get(CATEGORY_OF[event.type]);
    if ((tables === undefined && this.#observer === undefined) || !this.#ids.add(event.id)) return;
    this.#observer?.event(event);
    for (const table of tables ?? []) {
      try {
        table.apply(event);
      } catch (error) {
        if (isStoreError(error) || this.#onUnfoldable === undefined) throw error;
        this.#onUnfoldable(event, table.projection.name, error);
      }
    }
  }
}
