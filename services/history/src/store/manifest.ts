import { readFileSync } from "node:fs";
import type { Folder, ListedFile } from "./folder.ts";

/** Everything that was written between two sequences. */
export interface Segment {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly firstVersion: number;
  readonly versions: number;
  /** Rows as JSON, by version. */
  readonly rows: ListedFile;
  /** By table: a projection's name, or `events`. Tables without rows have no file. */
  readonly tables: Readonly<Record<string, TableFile>>;
}

export interface TableFile extends ListedFile {
  readonly count: number;
}

/** All rows of one projection as of a sequence. */
export interface Base extends TableFile {
  readonly projection: string;
  readonly seq: number;
}

/** The only list of valid files. A file that it does not name was not finished. */
export interface Manifest {
  readonly format: number;
  /** Of the projections with their versions: after a change, files have other columns or another meaning. */
  readonly fingerprint: string;
  readonly segments: readonly Segment[];
  readonly bases: readonly Base[];
}

const NAME = "manifest.json";
/** Raise with every change of the files' layout. */
const FORMAT = 3;

/** Without segments if there is none, or one of other projections. */
export function readManifest(folder: Folder, fingerprint: string): Manifest {
  const none: Manifest = { format: FORMAT, fingerprint, segments: [], bases: [] };
  try {
    const found = JSON.parse(readFileSync(folder.of(NAME), "utf8")) as Manifest;
    return found.format === FORMAT && found.fingerprint === fingerprint ? found : none;
  } catch {
    return none;
  }
}

export async function writeManifest(folder: Folder, manifest: Manifest): Promise<void> {
  await folder.replace(NAME, JSON.stringify(manifest));
}

export function seqOf({ segments }: Manifest): number {
  return segments.at(-1)?.lastSeq ?? 0;
}

export function nextVersionOf({ segments }: Manifest): number {
  const last = segments.at(-1);
  return last === undefined ? 1 : last.firstVersion + last.versions;
}

export function filesOf({ segments, bases }: Manifest): ListedFile[] {
  return [...segments.flatMap(({ rows, tables }) => [rows, ...Object.values(tables)]), ...bases];
}

export function isManifest(name: string): boolean {
  return name === NAME;
}
