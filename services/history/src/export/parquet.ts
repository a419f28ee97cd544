import { rm } from "node:fs/promises";
import type { RecordedEvent } from "@fleetlog/domain";
import type { Duck, DuckSession } from "../store/duck.ts";
import { EventTable } from "../store/event-table.ts";
import { parquet, quotedText } from "../store/tables.ts";

/** Number of rows in a row group. A fixed number and one thread give the same bytes for the same events. */
const ROWS = 122_880;

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
  let group = await EventTable.begin(duck, "export");
  const end = async () => {
    const part = `${path}.part${parts.length}`;
    parts.push(part);
    group.flush();
    await copy(session, `SELECT * FROM ${group.name}`, part, rows);
    await group.drop();
  };
  try {
    for await (const event of events) {
      if (group.rows === rows) {
        await end();
        group = await EventTable.begin(duck, "export");
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

function copy(session: DuckSession, select: string, path: string, rows: number): Promise<void> {
  const options = `FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rows}`;
  return session.run(`COPY (${select}) TO ${quotedText(path)} (${options})`);
}
