import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { jsonIfWhole } from "@fleetlog/runtime/node";
import { isAtLeast } from "../nats-server/index.ts";
import { root } from "../system/root.ts";

/** Increase when earlier versions can't read the data folder of this version. */
const FORMAT = 1;

interface Written {
  readonly format: number;
  readonly version: string;
  readonly nats?: string;
}

/** Records which versions now write the data folder. */
export interface DataFormat {
  /**
   * Call before a nats-server of this version opens the log.
   *
   * @returns a warning if a newer nats-server has written the log
   */
  openedBy(natsVersion: string): string | undefined;
}

/**
 * Checks that this version can read a data folder.
 *
 * @throws Error that names both versions, if a newer version wrote an unreadable format; the system's error if the folder can't
 * be read or written
 */
export function checkFormat(dataDir: string): DataFormat {
  const file = join(dataDir, "fleetlog.json");
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  // Undefined for a new folder, or a folder of a release that did not write this file.
  const before = (jsonIfWhole(file) ?? undefined) as Written | undefined;
  if (before !== undefined && before.format > FORMAT) {
    throw new Error(
      `The data folder ${dataDir} was written by Fleetlog ${before.version}, which is newer than this one (${version}), in a format ` +
        "that this one can't read. Start that version, or use another data folder: FLEETLOG_DATA_DIR=…",
    );
  }
  const write = (more: Partial<Written>) =>
    writeFileSync(file, `${JSON.stringify({ ...before, format: FORMAT, version, ...more })}\n`, { mode: 0o600 });
  write({});
  return {
    openedBy(nats) {
      write({ nats });
      if (before?.nats === undefined || isAtLeast(nats, before.nats)) return undefined;
      return `nats-server ${before.nats} wrote this log last, and this is ${nats}: if it can't read the log, set NATS_SERVER_BIN to the newer one`;
    },
  };
}
