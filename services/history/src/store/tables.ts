import { accountOf, parseSubject, type RecordedEvent } from "@fleetlog/domain";
import { encodeSet, type Projection, type ViewRow } from "@fleetlog/projections/folding";
import type { Cell } from "./duck.ts";

export interface TableColumn {
  readonly name: string;
  /** Cells of TIMESTAMPTZ are whole milliseconds since 1970. */
  readonly type: "VARCHAR" | "BIGINT" | "TIMESTAMPTZ";
}

/** What statements need to know of a projection. */
export interface TableShape {
  readonly name: string;
  readonly newest?: number | undefined;
  /** Whether it has the column `ordinal`. */
  readonly ordinal?: unknown;
  readonly columns: readonly { readonly name: string; readonly type: "text" | "integer" | "set" }[];
}

/** The table of all events of a stream. */
export const EVENTS = "events";

const EVENT_COLUMNS: readonly TableColumn[] = [
  { name: "seq", type: "BIGINT" },
  ...[
    "id",
    "type",
    "category",
    "entity",
    "account",
    "time",
    "devicetime",
    "gateway",
    "source",
    "correlationid",
    "causationid",
    "data",
  ].map((name) => ({ name, type: "VARCHAR" }) as const),
];

export function eventColumns(): readonly TableColumn[] {
  return EVENT_COLUMNS;
}

export function eventCells(event: RecordedEvent): Cell[] {
  const { seq, id, type, time, devicetime = null, gateway = null, source } = event;
  const { correlationid = null, causationid = null } = event;
  const { category = null, entity = null } = parseSubject(event.subject) ?? {};
  const data = JSON.stringify(event.data);
  // A literal, since spread arrays take twice as long.
  return [
    seq,
    id,
    type,
    category,
    entity,
    accountOf(event),
    time,
    devicetime,
    gateway,
    source,
    correlationid,
    causationid,
    data,
  ];
}

/** `version` is unique and grows: of two versions of a row, the larger is newer. */
export function versionColumns({ columns, ordinal }: TableShape): readonly TableColumn[] {
  return [
    { name: "version", type: "BIGINT" },
    { name: "seq", type: "BIGINT" },
    { name: "key", type: "VARCHAR" },
    ...(ordinal === undefined ? [] : [{ name: "ordinal", type: "BIGINT" } as const]),
    ...columns.map(({ name, type }) => ({ name, type: type === "integer" ? "BIGINT" : "VARCHAR" }) as const),
  ];
}

export function versionCells({ columns, ordinal }: Projection, version: number, key: string, row: ViewRow): Cell[] {
  const cells: Cell[] = ordinal === undefined ? [version, row.seq, key] : [version, row.seq, key, ordinal(row)];
  for (const column of columns) {
    const value = column.of(row);
    cells.push(typeof value === "object" && value !== null ? encodeSet(value) : value);
  }
  return cells;
}

export function createTable(name: string, columns: readonly TableColumn[]): string {
  return `CREATE TABLE ${name} (${columns.map((column) => `"${column.name}" ${column.type}`).join(", ")})`;
}

export function namesOf(columns: readonly TableColumn[]): string {
  return columns.map(({ name }) => `"${name}"`).join(", ");
}

export function quotedText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function parquet(paths: readonly string[]): string {
  return `read_parquet([${paths.map(quotedText).join(", ")}])`;
}
