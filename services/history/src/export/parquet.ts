import { rm } from "node:fs/promises";
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
import type { Duck, DuckSession } from "../store/duck.ts";
import { parquet, quotedText } from "../store/tables.ts";
import type { CSV_COLUMNS } from "./lines.ts";

type Column = (typeof CSV_COLUMNS)[number];

/** Rows of a row group. With it and one thread, the same events give the same bytes. */
const ROWS = 122_880;
const CHUNK_ROWS = 2_048;
/** Devices decide how large events are. */
const CHUNK_CHARS = 4 * 1024 ** 2;

/** The columns of CSV, with types. */
const TYPES: Readonly<Record<Column, DuckDBType>> = {
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
};
const COLUMNS = Object.keys(TYPES) as Column[];

/**
 * Writes events to a Parquet file, a row group at a time. The DuckDB has one thread, and keeps the order of rows.
 *
 * @param rows of a row group, a multiple of 2,048
 * @returns the number of events
 */
export async function writeParquet(
  duck: Duck,
  path: string,
  events: AsyncIterable<RecordedEvent>,
  rows = ROWS,
): Promise<number> {
  const session = await duck.connect();
  const parts: string[] = [];
  let count = 0;
  let group = await RowGroup.begin(session, duck.newName("export"));
  const end = async () => {
    const part = `${path}.part${parts.length}`;
    parts.push(part);
    await group.write(part, rows);
  };
  try {
    for await (const event of events) {
      if (group.rows === rows) {
        await end();
        group = await RowGroup.begin(session, duck.newName("export"));
      }
      group.add(event);
      count += 1;
    }
    await end();
    await copy(session, `SELECT * FROM ${parquet(parts)}`, path, rows);
    return count;
  } finally {
    await group.drop();
    session.close();
    for (const part of parts) await rm(part, { force: true });
  }
}

/** Rows on their way into a file. DuckDB keeps them within its memory, and on disk beyond it. */
class RowGroup {
  readonly #session: DuckSession;
  readonly #table: string;
  readonly #appender: DuckDBAppender;
  #cells: (DuckDBValue | undefined)[][] = [];
  #chars = 0;
  rows = 0;

  private constructor(session: DuckSession, table: string, appender: DuckDBAppender) {
    this.#session = session;
    this.#table = table;
    this.#appender = appender;
  }

  static async begin(session: DuckSession, table: string): Promise<RowGroup> {
    const columns = COLUMNS.map((name) => `"${name}" ${TYPES[name]}`).join(", ");
    await session.run(`CREATE TABLE ${table} (${columns})`);
    return new RowGroup(session, table, await session.appender(table));
  }

  add(event: RecordedEvent): void {
    const cells = cellsOf(event);
    this.rows += 1;
    this.#cells.push(cells);
    this.#chars += String(cells.at(-1)).length;
    if (this.#cells.length === CHUNK_ROWS || this.#chars > CHUNK_CHARS) this.#append();
  }

  async write(path: string, rows: number): Promise<void> {
    this.#append();
    this.#appender.flushSync();
    await copy(this.#session, `SELECT * FROM ${this.#table}`, path, rows);
    await this.drop();
  }

  async drop(): Promise<void> {
    this.#appender.closeSync();
    await this.#session.run(`DROP TABLE IF EXISTS ${this.#table}`);
  }

  #append(): void {
    const rows = this.#cells;
    if (rows.length === 0) return;
    const chunk = DuckDBDataChunk.create(Object.values(TYPES), rows.length);
    for (const [i] of COLUMNS.entries())
      chunk.setColumnValues(
        i,
        rows.map((cells) => cells[i] ?? null),
      );
    this.#appender.appendDataChunk(chunk);
    this.#cells = [];
    this.#chars = 0;
  }
}

function copy(session: DuckSession, select: string, path: string, rows: number): Promise<void> {
  const options = `FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rows}`;
  return session.run(`COPY (${select}) TO ${quotedText(path)} (${options})`);
}

function cellsOf(event: RecordedEvent): (DuckDBValue | undefined)[] {
  const { seq, time, type, subject, id, source, gateway, site, devicetime, data } = event;
  const { correlationid, causationid, traceparent } = event;
  const { category, entity } = parseSubject(subject) ?? {};
  const cells = [BigInt(seq), timeOf(time), type, category, entity, accountOf(event), id, source, gateway, site];
  return [...cells, timeOf(devicetime), correlationid, causationid, traceparent, JSON.stringify(data)];
}

/** Null for a text that is no time. */
function timeOf(text: string | undefined): DuckDBTimestampTZValue | undefined {
  const ms = text === undefined ? undefined : parseMoment(text);
  return ms === undefined ? undefined : new DuckDBTimestampTZValue(BigInt(Math.floor(ms)) * 1_000n);
}
