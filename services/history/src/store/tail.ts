import type { RecordedEvent } from "@fleetlog/domain";
import type { Projection, ViewRow } from "@fleetlog/projections/folding";
import { causeOf } from "../changes/cause.ts";
import { changesOf } from "../changes/fields.ts";
import { CHANGES, changeCells, changeColumns } from "../changes/table.ts";
import { eventCells, versionCells } from "./cells.ts";
import { ChunkAppender } from "./chunk.ts";
import type { Cell, Duck, DuckSession } from "./duck.ts";
import { type EventBlock, EventBlocks } from "./event-blocks.ts";
import { NewRows } from "./row-blocks.ts";
import { createTable, EVENTS, eventColumns, type TableColumn, versionColumns } from "./tables.ts";

type RowChange = readonly [before: ViewRow | undefined, after: ViewRow];

/** The newest events and versions, in memory until they become a segment. The log has them too. */
export class Tail {
  readonly #session: DuckSession;
  readonly #tables: ReadonlyMap<string, TailTable>;
  readonly rows: NewRows;
  readonly #blocks = new EventBlocks();
  /** Number of rows in all tables. */
  size = 0;

  private constructor(session: DuckSession, tables: ReadonlyMap<string, TailTable>, rows: NewRows) {
    this.#session = session;
    this.#tables = tables;
    this.rows = rows;
  }

  /** It has a connection of its own: rows can't be flushed while a statement runs in their connection. */
  static async open(duck: Duck, projections: readonly Projection[], firstVersion: number): Promise<Tail> {
    const session = await duck.connect();
    const prefix = duck.newName("tail");
    const tables = new Map<string, TailTable>();
    const open = async (name: string, columns: readonly TableColumn[]) => {
      tables.set(name, await TailTable.open(session, `${prefix}_${name}`, columns));
    };
    await open(EVENTS, eventColumns());
    await open(CHANGES, changeColumns());
    for (const projection of projections) await open(projection.name, versionColumns(projection));
    return new Tail(session, tables, new NewRows(firstVersion));
  }

  addEvent(event: RecordedEvent): void {
    this.#blocks.add(event);
    this.#add(EVENTS, eventCells(event));
  }

  /** Of its events, in order. */
  get blocks(): readonly EventBlock[] {
    return this.#blocks.all;
  }

  /** @param json the row */
  addVersion(projection: Projection, key: string, row: ViewRow, json: string): void {
    const version = this.rows.add(json);
    this.#add(projection.name, versionCells(projection, version, key, row));
  }

  /** The differences between two states of a device's row; `key` is the device's id. */
  addChanges(event: RecordedEvent, projection: Projection, key: string, [before, after]: RowChange): void {
    const changes = changesOf(projection.name, before, after);
    if (changes.length === 0) return;
    const cause = causeOf(event);
    for (const change of changes) this.#add(CHANGES, changeCells(event, cause, key, change));
  }

  #add(table: string, cells: Cell[]): void {
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

  /** @throws the error of a table that could not be written: its rows may be incomplete */
  check(): void {
    for (const { failure } of this.#tables.values()) if (failure !== undefined) throw failure;
  }

  get names(): readonly string[] {
    return [...this.#tables.keys()];
  }

  async drop(): Promise<void> {
    for (const table of this.#tables.values()) {
      table.close();
      await this.#session.run(`DROP TABLE ${table.name}`);
    }
    this.#session.close();
  }
}

class TailTable {
  readonly name: string;
  readonly #appender: ChunkAppender;
  isEmpty = true;

  private constructor(name: string, appender: ChunkAppender) {
    this.name = name;
    this.#appender = appender;
  }

  static async open(session: DuckSession, name: string, columns: readonly TableColumn[]): Promise<TailTable> {
    await session.run(createTable(name, columns));
    return new TailTable(name, new ChunkAppender(await session.appender(name), columns));
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

  close(): void {
    this.#appender.close();
  }
}
