import type { StreamName } from "@fleetlog/domain";
import type { Projection } from "@fleetlog/projections/folding";
import type { DuckSession } from "./duck.ts";
import type { Folder } from "./folder.ts";
import { LINKS, linkRows } from "./links.ts";
import type { Base, Segment, TableFile } from "./manifest.ts";
import { BASE_FILE, EVENT_FILE, FILE, LINK_FILE } from "./parquet-options.ts";
import type { NewRows } from "./row-blocks.ts";
import type { Newest, StoredHistory } from "./stored-history.ts";
import { EVENTS, quotedText } from "./tables.ts";

/** A tail that becomes a segment. */
export interface EndedTail extends Newest {
  /** Names of its tables. */
  readonly names: readonly string[];
  readonly rows: NewRows;
}

/** Temporary tables of a base that is being written. */
const NEWEST_TABLE = "base_newest";
const ROWS_TABLE = "base_rows";

/** Writes the files of a store. They are valid once its manifest names them. */
export class StoreFiles {
  readonly #folder: Folder;
  readonly #session: DuckSession;
  readonly #stream: StreamName;

  constructor(folder: Folder, session: DuckSession, stream: StreamName) {
    this.#folder = folder;
    this.#session = session;
    this.#stream = stream;
  }

  /**
   * Writes a tail as a segment.
   *
   * @param number of segments before it
   * @param written called with the name of each table that is not read any more
   */
  async segment(
    number: number,
    tail: EndedTail,
    span: Pick<Segment, "firstSeq" | "lastSeq">,
    written: (name: string) => Promise<void> = async () => {},
  ): Promise<Segment> {
    const tables: Record<string, TableFile> = {};
    for (const name of tail.names) {
      const table = tail.tableOf(name);
      if (table === undefined) continue;
      // A thread of DuckDB writes neighbouring rows to a row group. So a search by sequence reads few of them, without
      // sorting.
      const select = `SELECT * FROM ${table}`;
      tables[name] = await this.#copy(`s${number}-${name}.parquet`, select, name === EVENTS ? EVENT_FILE : undefined);
      if (name === EVENTS && this.#stream === "FLEET") {
        tables[LINKS] = await this.#copy(`s${number}-${LINKS}.parquet`, linkRows(table), LINK_FILE);
      }
      await written(name);
    }
    const rows = `s${number}.rows`;
    await this.#folder.write(rows, tail.rows.file());
    const { firstVersion, count: versions } = tail.rows;
    const { blocks } = tail;
    return { ...span, firstVersion, versions, blocks, tables, rows: await this.#folder.describe(rows) };
  }

  /**
   * Writes a base, by way of tables: a statement that searches, joins and sorts needs memory for all three at once, and fails
   * with millions of rows. Undefined without rows that have changed since the last base.
   */
  async base(
    projection: Projection,
    seq: number,
    history: Pick<StoredHistory, "newestOf" | "asOf">,
  ): Promise<Base | undefined> {
    const { name } = projection;
    const newest = history.newestOf(projection, seq);
    if (newest === undefined) return undefined;
    const rows = history.asOf(projection, seq, { newest: NEWEST_TABLE });
    try {
      await this.#session.run(`CREATE TEMP TABLE ${NEWEST_TABLE} AS ${newest}`);
      await this.#session.run(`CREATE TEMP TABLE ${ROWS_TABLE} AS ${rows}`);
      await this.#session.run(`DROP TABLE ${NEWEST_TABLE}`);
      const select = `SELECT * FROM ${ROWS_TABLE} ORDER BY "${ownerOf(projection)}", key`;
      return { ...(await this.#copy(`b${seq}-${name}.parquet`, select, BASE_FILE)), projection: name, seq };
    } finally {
      for (const table of [NEWEST_TABLE, ROWS_TABLE]) await this.#session.run(`DROP TABLE IF EXISTS ${table}`);
    }
  }

  async #copy(name: string, select: string, options = FILE): Promise<TableFile> {
    this.#folder.step(`copy ${name}`);
    const to = quotedText(this.#folder.of(name));
    const [copied] = await this.#session.all<{ Count: number }>(`COPY (${select}) TO ${to} (${options})`);
    return { ...(await this.#folder.describe(name)), count: copied?.Count ?? 0 };
  }
}

/** The column of the device or other row to which a row belongs; `key` for rows that belong to no other row. */
function ownerOf({ belongs }: Projection): string {
  return typeof belongs === "object" ? belongs.column : "key";
}
