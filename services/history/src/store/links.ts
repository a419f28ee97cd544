import type { Folder } from "./folder.ts";
import type { Manifest } from "./manifest.ts";
import type { TailTables } from "./statements.ts";
import { EVENTS, parquet } from "./tables.ts";

/** The index of events by their ids, and by the ids of their causes. */
export const LINKS = "links";

export type LinkColumn = "id" | "causationid";

/** Rows of a row group. Few, because a look-up reads all row groups that can have its hashes. */
export const LINK_ROWS = 8_192;

const ROLES: Readonly<Record<LinkColumn, number>> = { id: 0, causationid: 1 };

/** 31 bits of the hash: the index also returns a few events with other ids. */
function hashOf(text: string): string {
  return `(md5_number_lower(${text}) % 2147483648)::INTEGER`;
}

/** SQL of a segment's index, from its events. */
export function linkRows(events: string): string {
  const of = (column: LinkColumn) =>
    `SELECT ${ROLES[column]}::TINYINT AS role, ${hashOf(column)} AS hash, seq FROM ${events} WHERE ${column} IS NOT NULL`;
  return `SELECT * FROM (${of("id")} UNION ALL ${of("causationid")}) ORDER BY role, hash, seq`;
}

/** SQL of the sequences of events that may have, in the column, one of the texts of the table `wanted`. */
export function linksSql(
  { segments }: Manifest,
  tail: TailTables,
  folder: Pick<Folder, "of">,
  column: LinkColumn,
): string | undefined {
  const files = segments.flatMap(({ tables }) => tables[LINKS]?.name ?? []);
  const newest = tail.tableOf(EVENTS);
  const parts = [
    ...(files.length === 0
      ? []
      : [
          `SELECT seq FROM ${parquet(files.map((name) => folder.of(name)))}
           WHERE role = ${ROLES[column]} AND hash IN (SELECT ${hashOf("text")} FROM wanted)`,
        ]),
    ...(newest === undefined ? [] : [`SELECT seq FROM ${newest} WHERE ${column} IN (SELECT text FROM wanted)`]),
  ];
  return parts.length === 0 ? undefined : parts.join(" UNION ALL ");
}
