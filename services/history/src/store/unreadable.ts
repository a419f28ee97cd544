import { FleetError } from "@fleetlog/domain";

/** EIO, and EBADMSG and EUCLEAN, with which Linux's file systems report their own damage. Node.js has no names for these two. */
const LOST: ReadonlySet<number> = new Set([5, 74, 117]);
/** SQLITE_IOERR_CORRUPTFS, SQLite's code for EIO. */
const LOST_BY_SQLITE = 8458;

/** Whether the disk or its file system has lost a part of the file, so that waiting and other rights do not help. */
export function isLost(error: unknown): boolean {
  const cause = error instanceof UnreadableFile ? error.cause : error;
  const { errno = 0, errcode } = (cause ?? {}) as { readonly errno?: number; readonly errcode?: number };
  return LOST.has(-errno) || errcode === LOST_BY_SQLITE;
}

/** A file that is there but can't be read now, so nobody knows whether it is damaged. */
export class UnreadableFile extends FleetError {
  readonly path: string;

  /** @param more advice for a file that stays unreadable */
  constructor(path: string, cause: Error, more = "") {
    super("history-unavailable", `${path} can't be used: ${cause.message}`, {
      advice: `Nothing was deleted. Check the file's owner and mode, the limit of open files, and the disk; then start the historian again.${more}`,
      cause,
    });
    this.path = path;
  }
}
