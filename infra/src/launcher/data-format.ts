import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAtLeast } from "../nats-server/find.ts";
import { root } from "../system/root.ts";

/** Grows when what a data folder holds can no longer be read by earlier versions. */
const FORMAT = 1;

/** Who wrote a data folder last. */
interface Written {
  readonly format: number;
  readonly version: string;
  readonly nats?: string;
}

/** Notes who writes the data folder now. */
export interface DataFormat {
  /** To be called before this nats-server opens the log. @returns what a person should know of that */
  by(natsVersion: string): string | undefined;
}

/**
 * Makes sure that this version can read a data folder.
 * @throws Error that names both versions, when a newer one wrote it in its own way
 */
export function checkFormat(dataDir: string): DataFormat {
  const file = join(dataDir, "fleetlog.json");
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const before = read(file);
  if (before !== undefined && before.format > FORMAT) {
    throw new Error(
      `The data folder ${dataDir} was written by Fleetlog ${before.version}, which is newer than this one (${version}), in a way ` +
        "that this one can't read. Start that version, or give this one a folder of its own: FLEETLOG_DATA_DIR=…",
    );
  }
  const write = (more: Partial<Written>) =>
    writeFileSync(file, `${JSON.stringify({ ...before, format: FORMAT, version, ...more })}\n`, { mode: 0o600 });
  write({});
  return {
    by(nats) {
      write({ nats });
      if (before?.nats === undefined || isAtLeast(nats, before.nats)) return undefined;
      return `nats-server ${before.nats} wrote this log last, and this is ${nats}: if it can't read it, name the newer one in NATS_SERVER_BIN`;
    },
  };
}

function read(file: string): Written | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Written;
  } catch {
    // A folder of before there was such a file, or a new one.
    return undefined;
  }
}
