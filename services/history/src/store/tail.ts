import type { RecordedEvent } from "@fleetlog/domain";
import type { Projection, ViewRow } from "@fleetlog/projections/folding";
import { versionCells } from "./cells.ts";
import { CHANGES, changeColumns } from "./change-table.ts";
import { ChunkAppender } from "./chunk.ts";
import type { Cell, Duck, DuckSession } from "./duck.ts";
import { type EventBlock, EventBlocks } from "./event-blocks.ts";
import type { GrowingTail, TailStart } from "./growing-tail.ts";
import type { Segment } from "./manifest.ts";
import { NewRows } from "./row-blocks.ts";
import type { StoreFiles } from "./store-files.ts";
import { createTable, EVENTS, eventColumns, type TableColumn, versionColumns } from "./tables.ts";

/** The newest events and versions in tables of DuckDB, which statements read. */
export class Tail implements GrowingTail {
  readonly after: number;
  readonly #session: DuckSession;
  readonly #tables: ReadonlyMap<string, TailTable>;
  readonly rows: NewRows;
  readonly #blocks = new EventBlocks();
  size = 0;

  private constructor(session: DuckSession, tables: ReadonlyMap<string, TailTable>, start: TailStart) {
    this.#session = session;
    this.#tables = tables;
    this.after = start.after;
    this.rows = new NewRows(start.firstVersion);
  }

  /** The tail has a connection of its own: rows can't be flushed while a statement runs in their connection. */
  static async open(duck: Duck, projections: readonly Projection[], start: TailStart): Promise<Tail> {
    const session = await duck.connect();
    const prefix = duck.newName("tail");
    const tables = new Map<string, TailTable>();
    const open = async (name: string, columns: readonly TableColumn[]) => {
      tables.set(name, await TailTable.open(session, `${prefix}_${name}`, columns));
    };
    await open(EVENTS, eventColumns());
    await open(CHANGES, changeColumns());
    for (const projection of projections) await open(projection.name, versionColumns(projection));
    return new Tail(session, tables, start);
  }

  get firstVersion(): number {
    return this.rows.firstVersion;
  }

  get bytes(): number {
    let bytes = this.rows.bytes;
    for (const table of this.#tables.values()) bytes += table.bytes;
    return bytes;
  }

  get nextVersion(): number {
    return this.rows.firstVersion + this.rows.count;
  }

  get readable(): this {
    return this;
  }

  addEvent(event: Pick<RecordedEvent, "seq" | "time">, cells: readonly Cell[]): void {
    this.#blocks.add(event);
    this.add(EVENTS, cells);
  }

  /** Blocks of the tail's events, in order. */
  get blocks(): readonly EventBlock[] {
    return this.#blocks.all;
  }

  addVersion(projection: Projection, key: string, row: ViewRow, json: string): void {
    const version = this.rows.add(json);
    this.add(projection.name, versionCells(projection, version, key, row));
  }

  addChange(cells: readonly Cell[]): void {
    this.add(CHANGES, cells);
  }

  /** Adds a row of cells in the order of the table's columns. */
  add(table: string, cells: readonly Cell[]): void {
    this.size += 1;
    this.#tables.get(table)?.add(cells);
  }

  /** The name of a table in DuckDB that has all rows added so far; undefined without rows. */
  tableOf(name: string): string | undefined {
    const table = this.#tables.get(name);
    if (table === undefined || table.isEmpty) return undefined;
    table.flush();
    return table.name;
  }

  check(): void {
    for (const { failure } of this.#tables.values()) if (failure !== undefined) throw failure;
  }

  get names(): readonly string[] {
    return [...this.#tables.keys()];
  }

  /** Never waits, because rows are added at once. */
  relieved(): undefined {}

  write(files: StoreFiles, number: number, span: Pick<Segment, "firstSeq" | "lastSeq">): Promise<Segment> {
    return files.segment(number, this, span);
  }

  async drop(): Promise<void> {
    for (const table of this.#tables.values()) await table.drop();
    this.#session.close();
  }

  /** Frees the memory of a table that nobody reads any more, before the others are dropped. */
  async dropTable(name: string): Promise<void> {
    await this.#tables.get(name)?.drop();
  }
}

class TailTable {
  readonly name: string;
  readonly #session: DuckSession;
  readonly #appender: ChunkAppender;
  isEmpty = true;
  #isDropped = false;

  private constructor(session: DuckSession, name: string, appender: ChunkAppender) {
    this.#session = session;
    this.name = name;
    this.#appender = appender;
  }

  static async open(session: DuckSession, name: string, columns: readonly TableColumn[]): Promise<TailTable> {
    await session.run(createTable(name, columns));
    return new TailTable(session, name, new ChunkAppender(await session.appender(name), columns));
  }

  get bytes(): number {
    return this.#appender.bytes;
  }

  get failure(): unknown {
    return this.#appender.failure;
  }

  add(cells: readonly Cell[]): void {
    this.isEmpty = false;
    this.#appender.add(cells);
  }

  flush(): void {
    this.#appender.flush();
  }

  async drop(): Promise<void> {
    if (this.#isDropped) return;
    this.#isDropped = true;
    this.#appender.close();
    await this.#session.run(`DROP TABLE ${this.name}`);
  }
}
