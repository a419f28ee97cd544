import { getHeaders, search } from "./api.ts";
import { basePath } from "./base.ts";

const PATH = "/history/export";

export type ExportFormat = "jsonl" | "csv" | "parquet";

/** A member that is "" does not limit the export. */
export interface ExportSpan {
  /** RFC 3339, or a sequence. */
  readonly from: string;
  readonly to: string;
  /** Separated by commas. */
  readonly category: string;
  readonly device: string;
}

/** The events that an export contains. */
export interface ExportHead {
  readonly stream: string;
  readonly from: number;
  /** Less than `from` if there are no events. */
  readonly to: number;
  /** Undefined for telemetry, and for events that historians have not read yet. */
  readonly events: number | undefined;
}

/** Reads only the headers, which come before the first line, and cancels the rest of the download. */
export async function exportHead(span: ExportSpan, signal?: AbortSignal): Promise<ExportHead> {
  const headers = await getHeaders(PATH, { ...span, format: "jsonl" }, signal);
  const events = headers.get("fleetlog-events");
  return {
    stream: headers.get("fleetlog-stream") ?? "",
    from: Number(headers.get("fleetlog-from")),
    to: Number(headers.get("fleetlog-to")),
    events: events === null ? undefined : Number(events),
  };
}

/** Address of the file with exactly these events, also after the log has grown. */
export function exportAddress(
  { category, device }: Pick<ExportSpan, "category" | "device">,
  { from, to }: Pick<ExportHead, "from" | "to">,
  format: ExportFormat,
): string {
  return new URL(`${basePath}api${PATH}${search({ category, device, format, from, to })}`, window.location.href).href;
}
