import { statSync } from "node:fs";

/**
 * Text that differs after each write to the file, and if another file has taken its place; undefined without the file. It does
 * not show a disk's own faults, which only a hash finds.
 */
export function identityOf(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found && `${found.ino} ${found.size} ${found.mtimeNs}`;
}
