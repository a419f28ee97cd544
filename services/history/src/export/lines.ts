import { accountOf, parseSubject, type RecordedEvent } from "@fleetlog/domain";
import type { LineFormat } from "@fleetlog/protocol";

/** The columns of CSV. `data` is JSON. */
export const CSV_COLUMNS = [
  ...(["seq", "time", "type", "category", "entity", "account", "id", "source", "gateway", "site"] as const),
  ...(["devicetime", "correlationid", "causationid", "traceparent", "data"] as const),
];

/** The stored JSON of the event, byte for byte, with `seq` added as the first attribute. */
export function jsonLine({ seq, stream: _, ...stored }: RecordedEvent): string {
  return `{"seq":${seq},${JSON.stringify(stored).slice(1)}\n`;
}

/** RFC 4180. */
export function csvLine(event: RecordedEvent): string {
  const { seq, time, type, subject, id, source, gateway, site, devicetime, data } = event;
  const { correlationid, causationid, traceparent } = event;
  const { category = "", entity = "" } = parseSubject(subject) ?? {};
  const cells = [seq, time, type, category, entity, accountOf(event), id, source, gateway, site, devicetime];
  return csvRow([...cells, correlationid, causationid, traceparent, JSON.stringify(data)]);
}

export function csvHeader(): string {
  return csvRow(CSV_COLUMNS);
}

export const LINES: Readonly<Record<LineFormat, (event: RecordedEvent) => string>> = { jsonl: jsonLine, csv: csvLine };

function csvRow(cells: readonly (string | number | undefined)[]): string {
  return `${cells.map(quoted).join(",")}\r\n`;
}

function quoted(cell: string | number = ""): string {
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
