import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { basename, join } from "node:path";
import type { StreamName } from "@fleetlog/domain";
import type { Logger } from "@fleetlog/log";
import { MANIFEST } from "./manifest.ts";
import { UnreadableFile } from "./unreadable.ts";

export interface SetAsideOptions {
  readonly stream: StreamName;
  readonly directory: string;
  readonly logger: Logger;
  /** Bytes that can be written to the folder's disk. */
  readonly freeBytes?: ((directory: string) => Promise<number>) | undefined;
}

const SUFFIX = "-unreadable";

export function isSetAside(name: string): boolean {
  return name.endsWith(SUFFIX);
}

/** Paths of the histories that were set aside in the folder of a stream, until somebody deletes them. */
export function setAsideIn(directory: string): readonly string[] {
  const names = readdirSync(directory).filter(isSetAside);
  return names.map((name) => join(directory, name));
}

/**
 * Renames the folder of a history of which the disk has lost a file, so that the next one is built in its place from the log. A
 * deleted file's bad blocks would be used again. If the disk has no room for both, only the lost file is kept.
 *
 * @param cause the error of the file, or of the manifest
 * @param alone beginning of the names of files without which the others can be used; only they are set aside if one is lost
 */
export async function setAside(
  { stream, directory, logger, freeBytes = freeOf }: SetAsideOptions,
  cause: unknown,
  alone?: string,
): Promise<void> {
  const lost = cause instanceof UnreadableFile ? basename(cause.path) : MANIFEST;
  const aside = movedAside(directory, alone !== undefined && lost.startsWith(alone) ? alone : undefined);
  const others = readdirSync(aside).filter((name) => name !== lost);
  const bytes = others.reduce((sum, name) => sum + statSync(join(aside, name)).size, 0);
  const free = await freeBytes(aside);
  const isKept = free >= bytes;
  if (!isKept) for (const name of others) rmSync(join(aside, name), { recursive: true, force: true });
  logger.error(
    { err: cause, stream, file: join(aside, lost), bytes, free },
    `${setAsideText(aside)}${isKept ? "" : "; the disk has no room for both histories, so only the unreadable file is still there"}`,
  );
}

/**
 * Renames the folder of a history.
 *
 * @param alone beginning of the names of files; if present, only they are moved
 * @returns the path at which the files are now
 */
export function movedAside(directory: string, alone?: string): string {
  const aside = directory + SUFFIX;
  // There are never more than one, so that a failing disk does not become full.
  rmSync(aside, { recursive: true, force: true });
  if (alone === undefined) renameSync(directory, aside);
  else {
    mkdirSync(aside);
    for (const name of readdirSync(directory))
      if (name.startsWith(alone)) renameSync(join(directory, name), join(aside, name));
  }
  return aside;
}

export function setAsideText(aside: string): string {
  return `the disk can't read a file of the history: it was set aside, and is built again from the log. Check the disk, then delete ${aside}`;
}

export async function freeOf(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}
