import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { named, trouble } from "./path.ts";
import type { SettingsCheck } from "./slice.ts";

const PROBE_BYTES = 64 * 1_024;

/** Creates a missing folder, and writes a probe file: permissions do not reveal full or read-only disks. */
export function writableFolder<const K extends string>(key: K): SettingsCheck<{ readonly [P in K]: string }> {
  return ({ [key]: path }) => {
    try {
      makeFolder(resolve(path));
      const probe = mkdtempSync(join(path, ".probe-"));
      try {
        writeFileSync(join(probe, "probe"), Buffer.alloc(PROBE_BYTES));
      } finally {
        rmSync(probe, { recursive: true, force: true });
      }
      return undefined;
    } catch (error) {
      return `${named(key, path)}, which ${trouble(error)}; name a folder that this user can write to, with room`;
    }
  };
}

/** Recursive `mkdirSync` never returns if the system reports ENOENT for an existing folder, as Linux does in /proc. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && dirname(path) !== path && !existsSync(dirname(path))) {
      makeFolder(dirname(path));
      mkdirSync(path, { mode: 0o700 });
    } else if (code !== "EEXIST" || !statSync(path).isDirectory()) {
      throw error;
    }
  }
}
