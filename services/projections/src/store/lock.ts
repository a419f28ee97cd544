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
  const lock = new DatabaseSync(join(directory, "lock.sqlite"));
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if (!isLocked(error)) throw error;
    throw new FleetError("conflict", `another ${user} works in ${directory}`, {
      advice: `Give every ${user} a name of its own (FLEETLOG_${user.toUpperCase()}_NAME).`,
      cause: error,
    });
  }
  return {
    close() {
      if (lock.isOpen) lock.close();
    },
  };
}
