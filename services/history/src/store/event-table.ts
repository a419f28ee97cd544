import { accountOf, parseSubject, type RecordedEvent } from "@fleetlog/domain";
import { parseMoment } from "@fleetlog/runtime";
import { ChunkAppender } from "./chunk.ts";
import type { Cell, Duck, DuckSession } from "./duck.ts";
import { createTable, type TableColumn } from "./tables.ts";

/** The columns of events in files that other programs read. `data` is JSON. */
export const TYPED_COLUMNS = {
  seq: "BIGINT",
  time: "TIMESTAMPTZ",
  type: "VARCHAR",
  category: "VARCHAR",
  entity: "VARCHAR",
  account: "VARCHAR",
  id: "VARCHAR",
  source: "VARCHAR",
  gateway: "VARCHAR",
  site: "VARCHAR",
  devicetime: "TIMESTAMPTZ",
  correlationid: "VARCHAR",
  causationid: "VARCHAR",
  traceparent: "VARCHAR",
  data: "VARCHAR",
} as const satisfies Readonly<Record<string, TableColumn["type"]>>;

/** A text column in addition to the columns that all tables of events have. */
export interface ExtraColumn {
  readonly name: string;
  readonly of: (event: RecordedEvent) => string | undefined;
}

/** Events in a table of DuckDB, on their way into a file. DuckDB keeps them within its memory, and on disk beyond it. */
export class EventTable {
  readonly name: string;
  readonly #session: DuckSession;
  readonly #appender: ChunkAppender;
  readonly #extra: readonly ExtraColumn[];
  #isDropped = false;
  rows = 0;

  private constructor(session: DuckSession, name: string, appender: ChunkAppender, extra: readonly ExtraColumn[]) {
    this.name = name;
    this.#session = session;
    this.#appender = appender;
    this.#extra = extra;
  }

  /**
   * The table has a connection of its own: rows can't be flushed while a statement runs in their connection.
   *
   * @param prefix of the table's name
   */
  static async begin(duck: Duck, prefix: string, extra: readonly ExtraColumn[] = []): Promise<EventTable> {
    const session = await duck.connect();
    const name = duck.newName(prefix);
    const columns: TableColumn[] = [
      ...Object.entries(TYPED_COLUMNS).map(([column, type]) => ({ name: column, type })),
      ...extra.map((one) => ({ name: one.name, type: "VARCHAR" }) as const),
    ];
    await session.run(createTable(name, columns));
    return new EventTable(session, name, new ChunkAppender(await session.appender(name), columns), extra);
  }

  /** @returns the characters of the event's data */
  add(event: RecordedEvent): number {
    const data = JSON.stringify(event.data);
    this.rows += 1;
    this.#appender.add([...cellsOf(event, data), ...this.#extra.map(({ of }) => of(event) ?? null)]);
    return data.length;
  }

  /** Afterwards, statements find all rows. */
  flush(): void {
    this.#appender.flush();
  }

  async drop(): Promise<void> {
    if (this.#isDropped) return;
    this.#isDropped = true;
    this.#appender.close();
    await this.#session.run(`DROP TABLE ${this.name}`);
    this.#session.close();
  }
}

function cellsOf(event: RecordedEvent, data: string): Cell[] {
  const { seq, time, type, subject, id, source, gateway, site, devicetime } = event;
  const { correlationid, causationid, traceparent } = event;
  const { category, entity } = parseSubject(subject) ?? {};
  const place = [category, entity, accountOf(event)];
  const texts = [id, source, gateway, site];
  const causes = [correlationid, causationid, traceparent];
  const cells = [seq, timeOf(time), type, ...place, ...texts, timeOf(devicetime), ...causes, data];
  return cells.map((cell) => cell ?? null);
}

/** Undefined for a text that is no time. */
function timeOf(text: string | undefined): number | undefined {
  const ms = text === undefined ? undefined : parseMoment(text);
  return ms === undefined ? undefined : Math.floor(ms);
}
