import type { StreamName } from "@fleetlog/domain";
import type { Projection } from "@fleetlog/projections/folding";
import type { DuckSession } from "./duck.ts";
import type { Folder } from "./folder.ts";
import { LINKS, linkRows } from "./links.ts";
import type { Base, Segment, TableFile } from "./manifest.ts";
import { BASE_FILE, EVENT_FILE, FILE, LINK_FILE } from "./parquet-options.ts";
import type { NewRows } from "./row-blocks.ts";
import type { Newest } from "./stored-history.ts";
import { EVENTS, quotedText } from "./tables.ts";

/** A tail that becomes a segment. */
export interface EndedTail extends Newest {
  /** Names of its tables. */
  readonly names: readonly string[];
  readonly rows: NewRows;
}

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

  /** Writes a tail as a segment. @param number of segments before it */
  async segment(number: number, tail: EndedTail, span: Pick<Segment, "firstSeq" | "lastSeq">): Promise<Segment> {
    const tables: Record<string, TableFile> = {};
    for (const name of tail.names) {
      const table = tail.tableOf(name);
      if (table === undefined) continue;
      // A thread of DuckDB writes neighbouring rows to a row group. So a search by sequence reads few of them, without
      // sorting.
      const select = `SELECT * FROM ${table}`;
      tables[name] = await this.#copy(`s${number}-${name}.parquet`, select, name === EVENTS ? EVENT_FILE : undefined);
    }
    const events = this.#stream === "FLEET" ? tail.tableOf(EVENTS) : undefined;
    if (events !== undefined) {
      tables[LINKS] = await this.#copy(`s${number}-${LINKS}.parquet`, linkRows(events), LINK_FILE);
    }
    const rows = `s${number}.rows`;
    await this.#folder.write(rows, tail.rows.file());
    const { firstVersion, count: versions } = tail.rows;
    const { blocks } = tail;
    return { ...span, firstVersion, versions, blocks, tables, rows: await this.#folder.describe(rows) };
  }

  /** Writes a base. @param rows SQL of the projection's rows as of the sequence */
  async base(projection: Projection, seq: number, rows: string): Promise<Base> {
    const { name } = projection;
    const select = `SELECT * FROM (${rows}) ORDER BY "${ownerOf(projection)}", key`;
    return { ...(await this.#copy(`b${seq}-${name}.parquet`, select, BASE_FILE)), projection: name, seq };
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
