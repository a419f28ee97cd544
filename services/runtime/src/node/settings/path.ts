import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { environmentName } from "./setting.ts";

const TROUBLES: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  EACCES: "this user has no permission for",
  EPERM: "this user has no permission for",
  EISDIR: "is a folder, not a file",
  ENOTDIR: "has a parent that is no folder",
  EEXIST: "is a file, not a folder",
  EROFS: "is on a read-only file system",
  ENOSPC: "is on a disk that is full",
  EDQUOT: "is on a disk where this user's quota is used up",
  ELOOP: "is a symbolic link that leads to itself",
  ENAMETOOLONG: "is too long a path",
};

export function named(key: string, path: string): string {
  return `${environmentName(key)} is ${resolve(path)}`;
}

/** An error of the file system as a clause after "…, which ". */
export function trouble(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return TROUBLES[code ?? ""] ?? `can't be used: ${message}`;
}

export function readNamed(key: string, path: string, advice: string): { text: string } | { problem: string } {
  try {
    return { text: readFileSync(path, "utf8") };
  } catch (error) {
    return { problem: `${named(key, path)}, which ${trouble(error)}; ${advice}` };
  }
}

/**
 * The problem in one line if every user can read the file. Group access is allowed, because orchestrators mount secrets
 * in that way.
 */
export function readableByAll(key: string, path: string): string | undefined {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode;
  if (mode === undefined || (mode & 0o007) === 0) return undefined;
  return `${named(key, path)}, which every user can read (mode ${(mode & 0o777).toString(8)}); chmod 600 ${path}`;
}
