import { existsSync, readdirSync } from "node:fs";
import { textIfExists } from "@fleetlog/runtime/node";
import type { Folder, ListedFile } from "../store/folder.ts";
import { isLost } from "../store/unreadable.ts";

/** The telemetry between two sequences, as one file. */
export interface Part {
  readonly file: ListedFile;
  /** Sequences of the first and the last event. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly lastId: string;
  /** Milliseconds since 1970: the newest `time` of its events. */
  readonly newest: number;
  readonly events: number;
  /** Characters of the events' data. */
  readonly chars: number;
  /** Sequences of events whose id an earlier event has. */
  readonly repeats: readonly number[];
  /** The newest part, while events are added to it. */
  readonly isOpen: boolean;
}

/** The only list of valid files. A file that it does not name was not finished, or is not used any more. */
export interface ArchiveManifest {
  readonly format: number;
  /** In the order of sequences. Their sequences do not overlap. */
  readonly parts: readonly Part[];
  /** Every entry of the stream up to this sequence was read, or was not there any more. */
  readonly through: number;
  /** The newest sequence that the retention has removed. */
  readonly removedThrough: number;
  /** Number of files written so far: no two have the same name. */
  readonly files: number;
}

export const MANIFEST = "manifest.json";
const FORMAT = 1;

export const EMPTY: ArchiveManifest = { format: FORMAT, parts: [], through: 0, removedThrough: 0, files: 0 };

/**
 * The manifest of the archive, which {@link ensureArchiveManifest} has found or made.
 *
 * @throws Error for a list that can't be read: the archive may be all that is left of old telemetry
 */
export function readArchiveManifest(folder: Folder): ArchiveManifest {
  const found = parsed(folder);
  if (found.format !== FORMAT) {
    throw new Error(`${folder.of(MANIFEST)} has the format ${found.format}, which this release can't read`);
  }
  return found;
}

function parsed(folder: Folder): ArchiveManifest {
  try {
    return JSON.parse(textIfExists(folder.of(MANIFEST)) ?? "") as ArchiveManifest;
  } catch (cause) {
    if (!(cause instanceof SyntaxError) && !isLost(cause)) throw cause;
    const advice = `rebuild it with npm run archive-list -- ${folder.path}, or restore the folder from a backup`;
    throw new Error(`${folder.of(MANIFEST)} can't be read: ${advice}`, { cause });
  }
}

/** Whether a file has a name for files of parts. */
export function isPartName(name: string): boolean {
  return /^t\d+-\d+\.parquet$/.test(name);
}

/**
 * Writes the empty manifest of a new archive, so that a missing manifest always means a lost one.
 *
 * @throws Error if the manifest is lost: the parts that it named may be all that is left of old telemetry
 */
export async function ensureArchiveManifest(folder: Folder): Promise<void> {
  if (existsSync(folder.of(MANIFEST))) return;
  const parts = readdirSync(folder.of(".")).filter(isPartName);
  if (parts.length > 0) {
    throw new Error(
      `${folder.of(MANIFEST)} is missing, but there are files of telemetry beside it: rebuild it with ` +
        `npm run archive-list -- ${folder.path}, restore the folder from a backup, or move these files away to begin a new archive`,
    );
  }
  await writeArchiveManifest(folder, EMPTY);
}

export async function writeArchiveManifest(folder: Folder, manifest: ArchiveManifest): Promise<void> {
  await folder.replace(MANIFEST, JSON.stringify(manifest));
}
