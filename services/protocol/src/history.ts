import type { Category, Scope } from "@fleetlog/domain";
import type { ArchiveReport } from "./heartbeats.ts";
import type { PastReport } from "./http/history.ts";
import type { Queries, QueryName } from "./views/index.ts";

/** Historians answer calls in this queue group. */
export const HISTORY_QUEUE = "historians";

/**
 * Any historian answers with the first {@link HistoryPart}. If the text is not made after a second, that part is
 * empty. So a historian that does not answer for some seconds is gone.
 */
export function historyBeginSubject(call: string): string {
  return `history.begin.${call}`;
}

/**
 * Any historian answers with the first {@link HistoryPart} when its text is made. Used if the gateway or the historian
 * has a version without {@link historyBeginSubject}.
 */
export function historySubject(call: string): string {
  return `history.call.${call}`;
}

/** The historian with the rest of an answer sends a part for each {@link HistoryNext}. */
export function historyPartsSubject(historian: string): string {
  return `history.parts.${historian}`;
}

/** Published with `{ answer }` if nobody reads the rest of the answer. */
export function historyCancelSubject(historian: string): string {
  return `history.cancel.${historian}`;
}

/** A part of an answer's text. The next part is made when the reader asks for it. */
export interface HistoryPart {
  readonly text: string;
  /** Absent in the last part. */
  readonly next?: HistoryNext;
}

export interface HistoryNext {
  /** The historian's id, encoded as a token of a NATS subject. */
  readonly historian: string;
  readonly answer: string;
  /** Number of the part; the first part of an answer is 0. */
  readonly part: number;
}

/** The call for the answer of a view as of a moment. */
export const AS_OF = "as-of";

/** The call with a `ListMarksQuery`, answered with a `MarkList`. */
export const MARKS = "marks";

/** The call with a `CheckMarksQuery`, answered with a `MarkCheck`. */
export const CHECK_MARKS = "check-marks";

/** The call with a `HistorianIncidentRequest`, answered with the text of a bundle. */
export const INCIDENT = "incident";

export interface AsOfRequest<N extends QueryName = QueryName> {
  readonly query: N;
  /** `cursor` and `within` come from an answer of this call. They contain the moment of the list's first page. */
  readonly params: Queries[N]["params"];
  /** A FLEET sequence or a time (RFC 3339). */
  readonly at: string | number;
  /** A later moment: the answer has what was known then. */
  readonly known?: string | number;
  readonly scope?: Scope;
}

/** JSON, as text in parts. */
export interface AsOfAnswer<N extends QueryName = QueryName> {
  /** The FLEET sequence of the moment. */
  readonly seq: number;
  /** The time of that event, RFC 3339. */
  readonly at: string;
  /** Present if the request has `known`. */
  readonly known?: { readonly seq: number; readonly at: string };
  /** What the device had reported. Present for one device, if the request has `known`. */
  readonly reports?: readonly PastReport[];
  readonly result: Queries[N]["result"];
}

/** The call that runs SQL. Its answer is a line with a {@link SqlHead} as JSON, and then the rows in that format. */
export const SQL = "sql";

/**
 * `json`: an array of rows, each an array of values. `csv`: RFC 4180 with a header line. `parquet`: the file's bytes in
 * base64.
 */
export type SqlFormat = "json" | "csv" | "parquet";

export interface SqlRequest {
  readonly sql: string;
  /** Maximum number of rows. */
  readonly limit: number;
  readonly format: SqlFormat;
  /** A FLEET sequence or a time (RFC 3339) up to which the statement reads. Default: now. */
  readonly at?: string | number;
  readonly scope?: Scope;
  /** The categories whose events the caller may read. */
  readonly categories: readonly Category[];
}

export interface SqlHead {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: number;
  /** Whether there are more rows than in the answer. */
  readonly truncated: boolean;
  /** Telemetry that the answer lacks, if the statement names its table. */
  readonly missing?: ArchiveReport["missing"];
}
