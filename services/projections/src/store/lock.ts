import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { FleetError } from "@fleetlog/domain";
import { isLocked } from "./errors.ts";

/**
 * Uses SQLite's file lock, which the system releases however the process ends.
 *
 * @throws FleetError `conflict` if another process uses the folder; errors of SQLite, such as on a read-only disk
 */
export function lockFolder(directory: string, user: "projector" | "historian" = "projector"): { close(): void } {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, "lock.sqlite");
  let opened: DatabaseSync | undefined;
  try {
    opened = new DatabaseSync(path);
    opened.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    opened?.close();
    // SQLite does not name the file.
    if (!isLocked(error)) throw Object.assign(error as Error, { message: `${path}: ${(error as Error).message}` });
    throw new FleetError("conflict", `another ${user} works in ${directory}`, {
      advice: `Give every ${user} a name of its own (FLEETLOG_${user.toUpperCase()}_NAME).`,
      cause: error,
    });
  }
  const lock = opened;
  return {
    close() {
      if (lock.isOpen) lock.close();
    },
  };
}
