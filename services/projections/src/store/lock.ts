import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { FleetError } from "@fleetlog/domain";

/**
 * Uses SQLite's file lock, which the system releases however the process ends.
 *
 * @throws FleetError `conflict` if another projector uses the folder
 */
export function lockFolder(directory: string): { close(): void } {
  mkdirSync(directory, { recursive: true });
  const lock = new DatabaseSync(join(directory, "lock.sqlite"));
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    throw new FleetError("conflict", `another projector works in ${directory}`, {
      advice: "Give every projector a name of its own (FLEETLOG_PROJECTOR_NAME).",
      cause: error,
    });
  }
  return {
    close() {
      if (lock.isOpen) lock.close();
    },
  };
}
