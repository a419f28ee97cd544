import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
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

/**
 * Paths of the histories that were set aside in the folder of a stream, until somebody deletes them. None if the folder can't be
 * read now: each heartbeat asks, and a process must not end because of that.
 */
export function setAsideIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
      .filter(isSetAside)
      .map((name) => join(directory, name));
  } catch {
    return [];
  }
}

/**
 * Renames the folder of a history of which the disk has lost a file, so that the next one is built in its place from the log. A
 * deleted file's bad blocks would be used again. If the disk has no room for both, only the lost file is kept.
 *
 * Only FLEET keeps its oldest events. What a history of another stream has of earlier ones can't be built again, so nothing of
 * it is ever deleted here.
 *
 * @throws `cause` if a history of another stream would have to be deleted
 * @param cause the error of the file, or of the manifest
 * @param alone beginning of the names of files without which the others can be used; only they are set aside if one is lost
 */
export async function setAside(
  { stream, directory, logger, freeBytes = freeOf }: SetAsideOptions,
  cause: unknown,
  alone?: string,
): Promise<void> {
  const lost = cause instanceof UnreadableFile ? basename(cause.path) : MANIFEST;
  const moved = alone !== undefined && lost.startsWith(alone) ? alone : undefined;
  const mayDelete = stream === "FLEET";
  if (!mayDelete && moved === undefined) {
    const hasRoom = (await freeBytes(directory)) >= bytesOf(directory, without(directory, lost));
    if (!hasRoom || existsSync(directory + SUFFIX)) throw cause;
  }
  const aside = movedAside(directory, moved);
  const others = without(aside, lost);
  const bytes = bytesOf(aside, others);
  const free = await freeBytes(aside);
  const isKept = !mayDelete || free >= bytes;
  if (!isKept) for (const name of others) rmSync(join(aside, name), { recursive: true, force: true });
  logger.error(
    { err: cause, stream, file: join(aside, lost), bytes, free },
    `${setAsideText(aside)}${isKept ? "" : "; the disk has no room for both histories, so only the unreadable file is still there"}`,
  );
}

function without(directory: string, lost: string): string[] {
  return readdirSync(directory).filter((name) => name !== lost);
}

function bytesOf(directory: string, names: readonly string[]): number {
  return names.reduce((sum, name) => sum + lstatSync(join(directory, name)).size, 0);
}

/**
 * Renames the folder of a history.
 *
 * @param alone beginning of the names of files; if present, only they are moved
 * @returns the path at which the files are now
 */
export function movedAside(directory: string, alone?: string): string {
  const aside = directory + SUFFIX;
  // There is never more than one folder, so that a failing disk does not become full.
  if (alone === undefined) {
    rmSync(aside, { recursive: true, force: true });
    renameSync(directory, aside);
  } else {
    mkdirSync(aside, { recursive: true });
    for (const name of readdirSync(directory))
      if (name.startsWith(alone)) renameSync(join(directory, name), join(aside, name));
  }
  return aside;
}

export function setAsideText(aside: string): string {
  return `the disk can't read a file of the history: it was set aside, and is built again from what the log has. Check the disk, then delete ${aside}`;
}

export async function freeOf(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}
