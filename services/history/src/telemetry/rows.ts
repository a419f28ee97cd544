import { accountOf, parseSubject, type RecordedEvent, subjectOf } from "@fleetlog/domain";
import { type ExtraColumn, TYPED_COLUMNS } from "../store/event-table.ts";

type Attributes = Readonly<Record<string, unknown>>;

/** A row of the archive, with its times in milliseconds since 1970. */
export type ArchivedRow = Readonly<Record<string, string | number | null>>;

/** Attributes that have a column of the same name. */
const IN_COLUMNS: ReadonlySet<string> = new Set([
  ...["id", "source", "type", "time", "gateway", "site", "account", "devicetime"],
  ...["correlationid", "causationid", "traceparent", "data"],
]);
const TIMES: ReadonlySet<string> = new Set(["time", "devicetime"]);

/**
 * Columns in addition to those of all tables of events: the order of the event's attributes and, if the other columns
 * do not contain everything, the whole event. So the archive returns exactly what the log stored.
 */
export const EXACT_COLUMNS: readonly ExtraColumn[] = [
  { name: "attributes", of: orderOf },
  { name: "stored", of: (event) => (isInColumns(event) ? undefined : JSON.stringify(storedOf(event))) },
];

/** SQL of all columns of a file. */
export const FILE_COLUMNS = [...Object.keys(TYPED_COLUMNS), ...EXACT_COLUMNS.map(({ name }) => name)]
  .map((name) => `"${name}"`)
  .join(", ");

/** SQL of the columns of {@link ArchivedRow}. */
export const ROW_COLUMNS = [
  ...Object.keys(TYPED_COLUMNS).map((name) => (TIMES.has(name) ? `epoch_ms("${name}") AS "${name}"` : `"${name}"`)),
  ...EXACT_COLUMNS.map(({ name }) => name),
].join(", ");

/** The event as the log has decoded it. */
export function eventOf(row: ArchivedRow): RecordedEvent {
  const recorded = { seq: row.seq, stream: "TELEMETRY" };
  if (typeof row.stored === "string") return { ...JSON.parse(row.stored), ...recorded } as RecordedEvent;
  const event: Record<string, unknown> = {};
  for (const name of String(row.attributes).split(",")) event[name] = attributeOf(name, row);
  return { ...event, ...recorded } as unknown as RecordedEvent;
}

function attributeOf(name: string, row: ArchivedRow): unknown {
  if (name === "specversion") return "1.0";
  if (name === "subject") return subjectOf("telemetry", String(row.entity));
  const value = row[name];
  if (name === "data") return JSON.parse(String(value));
  return TIMES.has(name) ? new Date(Number(value)).toISOString() : value;
}

function storedOf({ seq: _, stream: __, ...stored }: RecordedEvent): Attributes {
  return stored;
}

function orderOf(event: RecordedEvent): string {
  return Object.keys(storedOf(event)).join(",");
}

function isInColumns(event: RecordedEvent): boolean {
  const place = parseSubject(event.subject);
  if (place === undefined || place.category !== "telemetry") return false;
  for (const [name, value] of Object.entries(storedOf(event))) {
    if (name === "specversion" || name === "data") continue;
    if (name === "subject") {
      if (value !== subjectOf("telemetry", place.entity)) return false;
    } else if (!IN_COLUMNS.has(name) || typeof value !== "string") return false;
    else if (TIMES.has(name) && !isCanonical(value)) return false;
    else if (name === "account" && value !== accountOf(event)) return false;
  }
  return true;
}

function isCanonical(time: string): boolean {
  const ms = Date.parse(time);
  return !Number.isNaN(ms) && new Date(ms).toISOString() === time;
}
