import type { Category, Scope, StreamName } from "@fleetlog/domain";

/** The historian's call that sends events as lines of text. */
export const EXPORT_LINES = "export";

export type LineFormat = "jsonl" | "csv";

export interface ExportLinesRequest {
  readonly format: LineFormat;
  /** The categories to send. They must all be in one stream. */
  readonly categories: readonly Category[];
  readonly entity?: string;
  /** A sequence of the stream, or a time (RFC 3339): the events after it. Default: the first event. */
  readonly from?: string | number;
  /** A sequence of the stream, or a time: the events up to it. Default: the newest event. */
  readonly to?: string | number;
  /** Whether CSV begins with the names of its columns. */
  readonly header?: boolean;
  readonly scope?: Scope;
}

/** The first part of the answer, as JSON. */
export interface ExportHead {
  readonly stream: StreamName;
  /** The first and the last sequence of the span. With `to` lower than `from` the span is empty. */
  readonly from: number;
  readonly to: number;
  /** Number of events, if it is known. */
  readonly events?: number;
}

/**
 * Each further part is a sequence, a line feed, and text. After this part, all events up to that sequence have been
 * sent.
 */
export function exportPart(through: number, text: string): string {
  return `${through}\n${text}`;
}

export function parseExportPart(part: string): { readonly through: number; readonly text: string } {
  const end = part.indexOf("\n");
  return { through: Number(part.slice(0, end)), text: part.slice(end + 1) };
}

/** The historian's call that sends events as a Parquet file. */
export const EXPORT_FILE = "export-file";

export interface ExportFileRequest extends Omit<ExportLinesRequest, "format" | "header"> {
  /** The first byte to send; default 0. */
  readonly offset?: number;
}

/**
 * The first part that is not empty, as JSON. Empty parts come before it while the file is made. Further parts are bytes in
 * base64.
 */
export interface ExportFileHead extends ExportHead {
  readonly events: number;
  readonly bytes: number;
  /** Hexadecimal. The same sequences and scope give the same bytes. */
  readonly sha256: string;
}
