import type { Duck, DuckSession } from "../store/duck.ts";
import { EventTable } from "../store/event-table.ts";
import type { Folder, ListedFile } from "../store/folder.ts";
import { parquet, quotedText } from "../store/tables.ts";
import type { Part } from "./manifest.ts";
import { EXACT_COLUMNS } from "./rows.ts";

/** Larger than a part, which so is one row group. */
const ROW_GROUP = 122_880;

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

  /** The rows of a part, if one is given, and those of a table. */
  async write(name: string, saved: Part | undefined, table: EventTable): Promise<ListedFile> {
    table.flush();
    const before = saved === undefined ? "" : `SELECT * FROM ${parquet([this.#folder.of(saved.file.name)])} UNION ALL `;
    this.#folder.step(`copy ${name}`);
    await this.#session.run(
      `COPY (SELECT * FROM (${before}SELECT * FROM ${table.name}) ORDER BY seq) TO ${quotedText(this.#folder.of(name))}
       (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP})`,
    );
    return await this.#folder.describe(name);
  }

  /** The ids of its events, in their order. */
  async ids({ file }: Part): Promise<readonly string[]> {
    const from = parquet([this.#folder.of(file.name)]);
    return (await this.#session.all<{ id: string }>(`SELECT id FROM ${from} ORDER BY seq`)).map(({ id }) => id);
  }

  close(): void {
    this.#session.close();
  }
}
