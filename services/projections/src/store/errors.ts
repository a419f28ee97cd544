/** SQLite's result codes for a file that is damaged or no database (https://sqlite.org/rescode.html). */
const DAMAGED = new Set([11, 26]);
/** SQLite's result codes for an input or output error, and a full disk. */
const UNWRITABLE = new Set([10, 13]);
/** SQLITE_IOERR_CORRUPTFS, SQLite's extended code for EIO of a read. Its primary code is that of errors in writing, too. */
const LOST = 8458;
/** SQLite's result codes for a database that another connection uses. */
const LOCKED = new Set([5, 6]);

/** A stored row that is not JSON. SQLite has no checksums, so it returns such rows without an error. */
export class DamagedRow extends Error {}

/** An error of the store itself, which no event can cause. */
export function isStoreError(error: unknown): error is Error {
  if (error instanceof DamagedRow) return true;
  return error instanceof Error && (error as { code?: unknown }).code === "ERR_SQLITE_ERROR";
}

export function isDamage(error: unknown): error is Error {
  return error instanceof DamagedRow || (isStoreError(error) && DAMAGED.has(resultCode(error)));
}

/** Whether the file is damaged, or the disk has lost a part of it. Only a new file helps. */
export function needsNewFile(error: unknown): error is Error {
  return isDamage(error) || (isStoreError(error) && (error as { errcode?: number }).errcode === LOST);
}

export function isUnwritable(error: unknown): error is Error {
  return isStoreError(error) && UNWRITABLE.has(resultCode(error));
}

/** Whether another process has the database locked. */
export function isLocked(error: unknown): error is Error {
  return isStoreError(error) && LOCKED.has(resultCode(error));
}

/** The lowest 8 bits of an extended result code are the primary code. */
function resultCode(error: Error): number {
  return ((error as { errcode?: number }).errcode ?? 0) & 0xff;
}
