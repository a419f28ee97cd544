import {
  BIGINT,
  type DuckDBAppender,
  DuckDBDataChunk,
  DuckDBTimestampTZValue,
  type DuckDBType,
  type DuckDBValue,
  TIMESTAMPTZ,
  VARCHAR,
} from "@duckdb/node-api";
import { accountOf, parseSubject, type RecordedEvent } from "@fleetlog/domain";
import { parseMoment } from "@fleetlog/runtime";
import type { Duck, DuckSession } from "./duck.ts";

const CHUNK_ROWS = 2_048;
/** Devices decide how large events are. */
const CHUNK_CHARS = 4 * 1024 ** 2;

/** The columns of events in files for others. `data` is JSON. */
export const TYPED_COLUMNS = {
  seq: BIGINT,
  time: TIMESTAMPTZ,
  type: VARCHAR,
  category: VARCHAR,
  entity: VARCHAR,
  account: VARCHAR,
  id: VARCHAR,
  source: VARCHAR,
  gateway: VARCHAR,
  site: VARCHAR,
  devicetime: TIMESTAMPTZ,
  correlationid: VARCHAR,
  causationid: VARCHAR,
  traceparent: VARCHAR,
  data: VARCHAR,
} as const satisfies Readonly<Record<string, DuckDBType>>;
export type TypedColumn = keyof typeof TYPED_COLUMNS;

/** A text column that a table has beside those of all events. */
export interface ExtraColumn {
  readonly name: string;
  readonly of: (event: RecordedEvent) => string | undefined;
}

/** Events in a table of DuckDB, on their way into a file. DuckDB keeps them within its memory, and on disk beyond it. */
export class EventTable {
  readonly name: string;
  readonly #session: DuckSession;
  readonly #appender: DuckDBAppender;
  readonly #types: DuckDBType[];
  readonly #extra: readonly ExtraColumn[];
  #cells: (DuckDBValue | undefined)[][] = [];
  #chars = 0;
  #isFlushed = true;
  #isDropped = false;
  rows = 0;

  private constructor(
    session: DuckSession,
    name: string,
    appender: DuckDBAppender,
    parts: { readonly types: DuckDBType[]; readonly extra: readonly ExtraColumn[] },
  ) {
    this.name = name;
    this.#session = session;
    this.#appender = appender;
    this.#types = parts.types;
    this.#extra = parts.extra;
  }

  /**
   * The table has a connection of its own: rows can't be flushed while a statement runs in their connection.
   *
   * @param prefix of its name
   */
  static async begin(duck: Duck, prefix: string, extra: readonly ExtraColumn[] = []): Promise<EventTable> {
    const session = await duck.connect();
    const name = duck.newName(prefix);
    const columns = [...Object.entries(TYPED_COLUMNS), ...extra.map((one) => [one.name, VARCHAR] as const)];
    await session.run(`CREATE TABLE ${name} (${columns.map(([column, type]) => `"${column}" ${type}`).join(", ")})`);
    const types = columns.map(([, type]) => type);
    return new EventTable(session, name, await session.appender(name), { types, extra });
  }

  /** @returns the characters of the event's data */
  add(event: RecordedEvent): number {
    const data = JSON.stringify(event.data);
    this.rows += 1;
    this.#isFlushed = false;
    this.#cells.push([...cellsOf(event, data), ...this.#extra.map(({ of }) => of(event))]);
    this.#chars += data.length;
    if (this.#cells.length === CHUNK_ROWS || this.#chars > CHUNK_CHARS) this.#append();
    return data.length;
  }

  /** Afterwards, statements find all rows. */
  flush(): void {
    if (this.#isFlushed) return;
    this.#append();
    this.#appender.flushSync();
    this.#isFlushed = true;
  }

  async drop(): Promise<void> {
    if (this.#isDropped) return;
    this.#isDropped = true;
    this.#appender.closeSync();
    await this.#session.run(`DROP TABLE ${this.name}`);
    this.#session.close();
  }

  #append(): void {
    const rows = this.#cells;
    if (rows.length === 0) return;
    const chunk = DuckDBDataChunk.create(this.#types, rows.length);
    for (const i of this.#types.keys()) {
      chunk.setColumnValues(
        i,
        rows.map((cells) => cells[i] ?? null),
      );
    }
    this.#appender.appendDataChunk(chunk);
    this.#cells = [];
    this.#chars = 0;
  }
}

function cellsOf(event: RecordedEvent, data: string): (DuckDBValue | undefined)[] {
  const { seq, time, type, subject, id, source, gateway, site, devicetime } = event;
  const { correlationid, causationid, traceparent } = event;
  const { category, entity } = parseSubject(subject) ?? {};
  const cells = [BigInt(seq), timeOf(time), type, category, entity, accountOf(event), id, source, gateway, site];
  return [...cells, timeOf(devicetime), correlationid, causationid, traceparent, data];
}

/** Null for a text that is no time. */
function timeOf(text: string | undefined): DuckDBTimestampTZValue | undefined {
  const ms = text === undefined ? undefined : parseMoment(text);
  return ms === undefined ? undefined : new DuckDBTimestampTZValue(BigInt(Math.floor(ms)) * 1_000n);
}
