import type { Projection } from "@fleetlog/projections/folding";
import { CHANGES } from "../change-table.ts";
import { type Cell, Duck, type DuckSession } from "../duck.ts";
import { Folder } from "../folder.ts";
import type { TailStart } from "../growing-tail.ts";
import type { Segment } from "../manifest.ts";
import { StoreFiles } from "../store-files.ts";
import { EVENTS } from "../tables.ts";
import { Tail } from "../tail.ts";
import { projectionsByName } from "./known.ts";
import type { Identities, ThreadData, ThreadReport, ThreadTask } from "./messages.ts";
import { eachRow, type Packet } from "./packet.ts";
import { CHANGES_TABLE, EVENTS_TABLE, projectionOfTable } from "./table-numbers.ts";

type Span = Extract<ThreadTask, { segment: unknown }>["segment"];

/** What the thread does: fills tails, and writes them as segments. */
export class Segments {
  readonly #duck: Duck;
  readonly #session: DuckSession;
  readonly #projections: readonly Projection[];
  readonly #folder: Folder;
  readonly #files: StoreFiles;
  readonly #report: (one: ThreadReport) => void;
  #tail: Tail | undefined;
  #writing: Promise<void> = Promise.resolve();
  #hasFailed = false;

  private constructor(duck: Duck, session: DuckSession, data: ThreadData, report: (one: ThreadReport) => void) {
    this.#duck = duck;
    this.#session = session;
    this.#projections = projectionsByName(data.projections);
    this.#folder = new Folder(data.directory, (step) => report({ step }));
    this.#files = new StoreFiles(this.#folder, session, data.stream);
    this.#report = report;
  }

  static async open(data: ThreadData, report: (one: ThreadReport) => void): Promise<Segments> {
    const duck = await Duck.open(data.duck);
    return new Segments(duck, await duck.connect(), data, report);
  }

  /** Call it when the last task has resolved. After an error, `end` is the only task that is still done. */
  async do(task: ThreadTask): Promise<void> {
    try {
      await this.#try(task);
    } catch (error) {
      this.#failed(error);
    }
  }

  async #try(task: ThreadTask): Promise<void> {
    if ("end" in task) await this.#end();
    else if (this.#hasFailed) return;
    else if ("begin" in task) await this.#begin(task.begin);
    else if ("rows" in task) this.#add(task.rows);
    else this.#write(task.segment);
  }

  async #begin(start: TailStart): Promise<void> {
    this.#tail = await Tail.open(this.#duck, this.#projections, start);
  }

  #add(rows: Packet): void {
    eachRow(rows, (table, cells) => this.#addRow(table, cells));
    this.#tail?.check();
    this.#report({ taken: rows.text.length, bytes: this.#tail?.bytes ?? 0 });
  }

  #addRow(table: number, cells: readonly Cell[]): void {
    const tail = this.#tail;
    if (tail === undefined) throw new TypeError("no tail was begun");
    if (table === EVENTS_TABLE) tail.add(EVENTS, cells);
    else if (table === CHANGES_TABLE) tail.add(CHANGES, cells);
    else {
      const projection = this.#projections[projectionOfTable(table)];
      const [key, json] = cells;
      if (projection === undefined || typeof key !== "string" || typeof json !== "string") {
        throw new TypeError(`there is no table ${table}`);
      }
      tail.addVersion(projection, key, JSON.parse(json), json);
    }
  }

  #write({ number, ...span }: Span): void {
    const tail = this.#tail;
    if (tail === undefined) throw new TypeError("no tail was begun");
    this.#tail = undefined;
    this.#writing = this.#files
      // Statements don't read it, and the next tail needs the memory.
      .segment(number, tail, span, (name) => tail.dropTable(name))
      .then((segment) => {
        this.#report({ segment, identities: this.#identitiesOf(segment) });
        return tail.drop();
      })
      .catch((error: unknown) => this.#failed(error));
  }

  #identitiesOf({ rows, tables }: Segment): Identities {
    const names = [rows, ...Object.values(tables)].map(({ name }) => name);
    return new Map(names.map((name) => [name, this.#folder.identityOf(name) ?? ""]));
  }

  async #end(): Promise<void> {
    await this.#writing;
    await this.#tail?.drop();
    this.#session.close();
    this.#duck.close();
  }

  #failed(error: unknown): void {
    this.#hasFailed = true;
    this.#report({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}
