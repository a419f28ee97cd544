import type { QueryResult, QuerySchemaResource } from "@fleetlog/protocol";
import { call, get, postForFileAs } from "./api.ts";

export type { QueryResult, QuerySchemaResource } from "@fleetlog/protocol";

/** Enough for the wait and the run of a query, also where the limit for queries was raised. */
const TIMEOUT_MS = 300_000;
/** The most that the gateway allows. */
export const MOST_ROWS = 1_000_000;

const MEDIA_TYPES = { csv: "text/csv", parquet: "application/vnd.apache.parquet" } as const;
export type FileFormat = keyof typeof MEDIA_TYPES;

export interface Statement {
  readonly sql: string;
  /** The statement reads the history up to then: RFC 3339, or a sequence of FLEET. Undefined: now. */
  readonly at?: string | undefined;
}

/** The query ends in the historian, too, when the signal aborts. */
export function runQuery({ sql, at }: Statement, limit: number, signal: AbortSignal): Promise<QueryResult> {
  return call("POST", "/history/query", { body: { sql, limit, at }, signal, timeoutMs: TIMEOUT_MS });
}

/** The answer as a file of at most {@link MOST_ROWS} rows. */
export async function queryFile(
  { sql, at }: Statement,
  format: FileFormat,
  signal: AbortSignal,
): Promise<{ readonly file: Blob; readonly truncated: boolean }> {
  const body = { sql, limit: MOST_ROWS, at };
  const { file, headers } = await postForFileAs("/history/query", body, MEDIA_TYPES[format], signal);
  return { file, truncated: headers.get("fleetlog-truncated") === "true" };
}

export function querySchema(signal?: AbortSignal): Promise<QuerySchemaResource> {
  return get("/history/query/schema", undefined, signal);
}
