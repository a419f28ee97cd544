import type { StreamName } from "@fleetlog/domain";

/** Of the archive of telemetry, in the historian's folder. */
export const ARCHIVE_FOLDER = "TELEMETRY";

/**
 * Of the history of a stream's views, in the historian's folder. It deletes files that it does not know, so it must not be
 * the archive's, whose events the log may not have any more.
 */
export function folderOf(stream: StreamName): string {
  return stream === ARCHIVE_FOLDER ? `${stream}-views` : stream;
}
