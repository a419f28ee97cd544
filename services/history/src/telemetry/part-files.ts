import type { RecordedEvent } from "@fleetlog/domain";
import type { Duck, DuckSession } from "../store/duck.ts";
import { EventTable } from "../store/event-table.ts";
import type { Folder, ListedFile } from "../store/folder.ts";
import { parquet, quotedText } from "../store/tables.ts";
import type { Range } from "./gaps.ts";
import type { Part } from "./manifest.ts";
import { type ArchivedRow, EXACT_COLUMNS, eventOf, FILE_COLUMNS, ROW_COLUMNS } from "./rows.ts";

/** More rows than a part has, so that a part is one row group. */
const ROW_GROUP = 122_880;

/** What a file says of its part. */
export type PartFacts = Pick<Part, "firstSeq" | "lastSeq" | "lastId" | "newest" | "events" | "chars">;

/** Writes and reads the files of parts. */
export class PartFiles {
  readonly #duck: Duck;
  readonly #folder: Folder;
  readonly #session: DuckSession;

  /** @param session of the DuckDB */
  constructor(duck: Duck, session: DuckSession, folder: Folder) {
    this.#duck = duck;
    this.#folder = folder;
    this.#session = session;
  }

  /** An empty table for events of a part. */
  newTable(): Promise<EventTable> {
    return EventTable.begin(this.#duck, "telemetry", EXACT_COLUMNS);
  }

  /** Writes a file with the rows of a part, if one is given, and those of a table. */
  async write(name: string, saved: Part | undefined, table: EventTable): Promise<ListedFile> {
    table.flush();
    const before = saved === undefined ? "" : `SELECT * FROM ${this.#rowsOf(saved.file.name)} UNION ALL `;
    return await this.#copy(name, `${before}SELECT * FROM ${table.name}`);
  }

  /** Rewrites the file of a part; undefined if the events are not those of the part. */
  async rewrite(name: string, part: Part, events: AsyncIterable<RecordedEvent>): Promise<ListedFile | undefined> {
    const table = await this.newTable();
    try {
      let lastId: string | undefined;
      for await (const event of events) {
        table.add(event);
        lastId = event.id;
      }
      return table.rows === part.events && lastId === part.lastId
        ? await this.write(name, undefined, table)
        : undefined;
    } finally {
      await table.drop();
    }
  }

  /** The rows of another file within a range, as a file of their own; undefined if there are none. */
  async extract(
    from: string,
    name: string,
    range: Range,
  ): Promise<(PartFacts & { readonly file: ListedFile }) | undefined> {
    const rows = `SELECT ${FILE_COLUMNS} FROM ${this.#rowsOf(from)} WHERE ${within(range)}`;
    const facts = await this.#facts(rows);
    return facts && { ...facts, file: await this.#copy(name, rows) };
  }

  /** The events of files within a range, in their order. */
  async *events(names: readonly string[], range: Range): AsyncGenerator<RecordedEvent> {
    const session = await this.#duck.connect();
    try {
      for (const name of names) {
        const sql = `SELECT ${ROW_COLUMNS} FROM ${this.#rowsOf(name)} WHERE ${within(range)} ORDER BY seq`;
        for await (const rows of session.stream<ArchivedRow>(sql)) for (const row of rows) yield eventOf(row);
      }
    } finally {
      session.close();
    }
  }

  /** The ids of a part's events, in their order. */
  async ids({ file }: Part): Promise<readonly { readonly seq: number; readonly id: string }[]> {
    return await this.#session.all(`SELECT seq, id FROM ${this.#rowsOf(file.name)} ORDER BY seq`);
  }

  /** Describes the part in a file; undefined without rows. Rejects if the file can't be read. */
  facts(name: string): Promise<PartFacts | undefined> {
    return this.#facts(`SELECT ${FILE_COLUMNS} FROM ${this.#rowsOf(name)}`);
  }

  close(): void {
    this.#session.close();
  }

  async #copy(name: string, rows: string): Promise<ListedFile> {
    this.#folder.step(`copy ${name}`);
    await this.#session.run(
      `COPY (SELECT * FROM (${rows}) ORDER BY seq) TO ${quotedText(this.#folder.of(name))}
       (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP})`,
    );
    return await this.#folder.describe(name);
  }

  async #facts(rows: string): Promise<PartFacts | undefined> {
    const [facts] = await this.#session.all<PartFacts>(
      `SELECT min(seq) AS "firstSeq", max(seq) AS "lastSeq", arg_max(id, seq) AS "lastId",
         coalesce(max(epoch_ms("time")), 0) AS newest, count(*) AS events,
         coalesce(sum(length(data)), 0)::BIGINT AS chars FROM (${rows})`,
    );
    return facts === undefined || facts.events === 0 ? undefined : facts;
  }

  #rowsOf(name: string): string {
    return parquet([this.#folder.of(name)]);
  }
}

function within({ from, to }: Range): string {
  return `seq >= ${from} AND seq <= ${to}`;
}
