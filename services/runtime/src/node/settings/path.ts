import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { environmentName } from "./setting.ts";

/** What the system's error numbers mean for a path, after "…, which ". */
const TROUBLES: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  EACCES: "this user has no right to",
  EPERM: "this user has no right to",
  EISDIR: "is a folder, not a file",
  ENOTDIR: "goes through something that is no folder",
  EEXIST: "is a file, not a folder",
  EROFS: "is on a file system that can only be read",
  ENOSPC: "is on a disk that is full",
  EDQUOT: "is on a disk where this user's share is full",
  ELOOP: "is a symbolic link that leads to itself",
  ENAMETOOLONG: "is too long a path",
};

/** `FLEETLOG_X is /a/path`: how a problem with a path begins. */
export function named(key: string, path: string): string {
  return `${environmentName(key)} is ${resolve(path)}`;
}

/** What an error of the file system says about a path, after "…, which ". */
export function trouble(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return TROUBLES[code ?? ""] ?? `can't be used: ${message}`;
}

/** The text of the file that a setting names, or the line that says why there is none. */
export function readNamed(key: string, path: string, advice: string): { text: string } | { problem: string } {
  try {
    return { text: readFileSync(path, "utf8") };
  } catch (error) {
    return { problem: `${named(key, path)}, which ${trouble(error)}; ${advice}` };
  }
}
