import { FleetError } from "@fleetlog/domain";

/** A file that is there but can't be read now, so nobody knows whether it is damaged. */
export class UnreadableFile extends FleetError {
  readonly path: string;
  /** The system's code, such as `EMFILE`; undefined for an error of SQLite. */
  readonly errno: string | undefined;

  /** @param more advice for a file that stays unreadable */
  constructor(path: string, cause: Error, more = "") {
    super("history-unavailable", `${path} can't be used: ${cause.message}`, {
      advice: `Nothing was deleted. Check the file's owner and mode, the limit of open files, and the disk; then start the historian again.${more}`,
      cause,
    });
    this.path = path;
    const { code } = cause as NodeJS.ErrnoException;
    this.errno = code?.startsWith("E") && !code.startsWith("ERR_") ? code : undefined;
  }
}
