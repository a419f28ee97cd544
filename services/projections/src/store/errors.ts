/** SQLite's result codes for a file that is damaged or no database (https://sqlite.org/rescode.html). */
const DAMAGED = new Set([11, 26]);

/** An error of SQLite itself, which no event can cause. */
export function isStoreError(error: unknown): error is Error {
  return error instanceof Error && (error as { code?: unknown }).code === "ERR_SQLITE_ERROR";
}

/** Whether the file is damaged. */
export function isDamage(error: unknown): boolean {
  return isStoreError(error) && DAMAGED.has(((error as { errcode?: number }).errcode ?? 0) & 0xff);
}
