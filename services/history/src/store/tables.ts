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

export function createTable(name: string, columns: readonly TableColumn[]): string {
  return `CREATE TABLE ${name} (${columns.map((column) => `"${column.name}" ${column.type}`).join(", ")})`;
}

export function namesOf(columns: readonly TableColumn[]): string {
  return columns.map(({ name }) => `"${name}"`).join(", ");
}

/** An expression of SQL for any text. DuckDB reads a statement only up to its first NUL character. */
export function quotedText(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return quoted.includes("\0") ? `(${quoted.replaceAll("\0", "' || chr(0) || '")})` : quoted;
}

export function parquet(paths: readonly string[]): string {
  return `read_parquet([${paths.map(quotedText).join(", ")}])`;
}
