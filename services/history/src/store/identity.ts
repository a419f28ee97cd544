import { statSync } from "node:fs";

/**
 * Differs after each write to the file, and if another file has taken its place; undefined without the file. Not of a disk's own
 * faults, which only a hash finds.
 */
export function identityOf(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found && `${found.ino} ${found.size} ${found.mtimeNs}`;
}
