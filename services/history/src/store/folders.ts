import type { StreamName } from "@fleetlog/domain";

/** Folder of the archive of telemetry, in the historian's folder. */
export const ARCHIVE_FOLDER = "TELEMETRY";

/**
 * Folder of the history of a stream's views, in the historian's folder. The history deletes files that it does not know, so
 * it must not share the folder of the archive, whose events the log may not have any more.
 */
export function folderOf(stream: StreamName): string {
  return stream === ARCHIVE_FOLDER ? `${stream}-views` : stream;
}
