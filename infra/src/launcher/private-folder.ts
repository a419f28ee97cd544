import { chmodSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Makes the data folder's files readable for this user only, and all later files of this process and its children.
 *
 * Earlier releases let other users read the files.
 */
export function makePrivate(dataDir: string): void {
  process.umask(0o077);
  close(dataDir);
  for (const entry of readdirSync(dataDir, { recursive: true, encoding: "utf8" })) close(join(dataDir, entry));
}

function close(path: string): void {
  const entry = lstatSync(path, { throwIfNoEntry: false });
  if (entry === undefined || entry.isSymbolicLink() || (entry.mode & 0o077) === 0) return;
  try {
    chmodSync(path, entry.mode & 0o700);
  } catch (error) {
    // The file belongs to another user, has just been removed, or is on a read-only file system.
    if (!["EPERM", "ENOENT", "EROFS"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}
