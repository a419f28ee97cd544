/** SQLite's result codes for a file that is damaged or no database (https://sqlite.org/rescode.html). */
const DAMAGED = new Set([11, 26]);

/** An error of SQLite itself: the disk's fault or ours, never an event's. */
export function isStoreError(error: unknown): error is Error {
  return error instanceof Error && (error as { code?: unknown }).code === "ERR_SQLITE_ERROR";
}

/** The file can't be trusted any more. */
export function isDamage(error: unknown): boolean {
  return isStoreError(error) && DAMAGED.has(((error as { errcode?: number }).errcode ?? 0) & 0xff);
}
