import type { Category } from "@fleetlog/domain";
import type { SqlFormat, SqlHead } from "@fleetlog/protocol";
import type { VisibleDevice } from "../../access/visible.ts";
import type { Manifest } from "../../store/manifest.ts";
import type { TableShape } from "../../store/tables.ts";

/** A request to a query process. */
export interface QueryTask {
  readonly sql: string;
  readonly limit: number;
  readonly format: SqlFormat;
  readonly store: StoredTables;
  readonly visible: Visible;
  /** The file for the rows. */
  readonly out: string;
  /** A folder that only this query uses. */
  readonly spill: string;
  readonly limits: QueryLimits;
}

export interface QueryLimits {
  /** Bytes for DuckDB. */
  readonly memory: number;
  /** Bytes of the answer. */
  readonly bytes: number;
  /** Bytes on disk, for work that does not fit into memory. */
  readonly spill: number;
}

/** The last moment that a statement sees. */
export interface UpTo {
  /** FLEET sequence. */
  readonly seq: number;
  /** RFC 3339, for telemetry: when a gateway received it. */
  readonly time: string;
}

/** The files that a statement reads. */
export interface StoredTables {
  readonly directory: string;
  readonly manifest: Manifest;
  /** Files of the events and versions after the last segment, by table. */
  readonly tail: Readonly<Record<string, readonly string[]>>;
  /** The newest FLEET sequence in the files. */
  readonly seq: number;
  /** The statement sees nothing that came later. */
  readonly upTo?: UpTo;
  readonly projections: readonly TableShape[];
  /** Absent if the statement does not read it. */
  readonly telemetry?: {
    readonly files: readonly string[];
    /** Sequences of TELEMETRY that are left out, since earlier events have the same ids. */
    readonly repeats: readonly number[];
  };
}

/** What the caller may see. */
export interface Visible {
  /** Categories whose events the caller may read. */
  readonly categories: readonly Category[];
  /** Absent if the scope is not limited to accounts. */
  readonly accounts?: readonly string[];
  /** The scope is limited to tags, so the caller sees only events of devices. */
  readonly onlyDevices: boolean;
  /** The devices within the caller's scope today; absent without a limit. */
  readonly devices?: readonly VisibleDevice[];
}

export type QueryAnswer = { readonly head: SqlHead; readonly bytes: number } | { readonly error: QueryError };

export interface QueryError {
  readonly code: "invalid-request" | "query-limit" | "internal";
  readonly message: string;
  readonly field?: string | undefined;
  readonly advice?: string | undefined;
}

export const TOO_MUCH: QueryError = {
  code: "query-limit",
  message: "the query needs too much memory",
  advice: "Avoid long texts and lists, and name the columns that are needed.",
};
