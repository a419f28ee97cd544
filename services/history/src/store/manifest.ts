import { jsonIfWhole } from "@fleetlog/runtime/node";
import type { EventBlock } from "./event-blocks.ts";
import type { Folder, ListedFile } from "./folder.ts";
import { type TableShape, versionColumns } from "./tables.ts";

/** A segment: the events and the versions of rows between two sequences, in files that never change. */
export interface Segment {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly firstVersion: number;
  readonly versions: number;
  /** Blocks of the segment's events, in order; absent if an older release wrote the segment. */
  readonly blocks?: readonly EventBlock[];
  /** Rows as JSON, by version. */
  readonly rows: ListedFile;
  /** By table: a projection's name, or `events`. Tables without rows have no file. */
  readonly tables: Readonly<Record<string, TableFile>>;
}

export interface TableFile extends ListedFile {
  readonly count: number;
}

/** A base: all rows of one projection as of a sequence, so that statements need not read older versions. */
export interface Base extends TableFile {
  readonly projection: string;
  readonly seq: number;
}

/** The only list of valid files. A file that it does not name was not finished. */
export interface Manifest {
  readonly format: number;
  /** Hash of the projections and their versions: after a change, files have other columns or another meaning. */
  readonly fingerprint: string;
  /** By name of the projection; absent if an older release wrote the manifest. */
  readonly columns?: Readonly<Record<string, StoredColumns>>;
  /** The store has caught up with the log once, so a later release may answer from it. */
  readonly complete?: boolean;
  readonly segments: readonly Segment[];
  readonly bases: readonly Base[];
}

/** What statements need of a projection's files. */
export interface StoredColumns {
  /** Name and type of each, in their order. */
  readonly columns: readonly string[];
  /** If present, a base has only this many rows, the newest. */
  readonly newest?: number;
}

export const MANIFEST = "manifest.json";
/** Raise with every change of the files' layout. */
const FORMAT = 3;

/** The manifest; one without segments if there is no file, or if it is of other projections. */
export function readManifest(folder: Folder, fingerprint: string, projections: readonly TableShape[]): Manifest {
  const found = foundManifest(folder);
  const columns = Object.fromEntries(projections.map((one) => [one.name, storedColumns(one)]));
  if (found?.fingerprint === fingerprint) return { ...found, columns };
  return { format: FORMAT, fingerprint, columns, segments: [], bases: [] };
}

/**
 * The manifest of any projections; undefined if there is none that this release reads.
 *
 * @throws the system's error if there is one that can't be read now: a history without a manifest is deleted
 */
export function foundManifest(folder: Pick<Folder, "of">): Manifest | undefined {
  const found = jsonIfWhole(folder.of(MANIFEST)) as Manifest | null | undefined;
  return found?.format === FORMAT ? found : undefined;
}

/** Whether statements about the projection can read the files. */
export function hasColumnsOf({ columns }: Manifest, projection: TableShape): boolean {
  return JSON.stringify(columns?.[projection.name]) === JSON.stringify(storedColumns(projection));
}

function storedColumns(projection: TableShape): StoredColumns {
  const { newest } = projection;
  const columns = versionColumns(projection).map(({ name, type }) => `${name} ${type}`);
  return { columns, ...(newest !== undefined && { newest }) };
}

export async function writeManifest(folder: Folder, manifest: Manifest): Promise<void> {
  await folder.replace(MANIFEST, JSON.stringify(manifest));
}

export function seqOf({ segments }: Pick<Manifest, "segments">): number {
  return segments.at(-1)?.lastSeq ?? 0;
}

/** A segment of an older release is one block, whose least time is unknown and counts as earlier than any time. */
export function blocksOf({ segments }: Pick<Manifest, "segments">): EventBlock[] {
  return segments.flatMap(({ blocks, firstSeq }) => blocks ?? [{ first: firstSeq, least: "" }]);
}

/**
 * Whether the projection has enough versions after its last base for another one.
 *
 * @param every number of versions that are enough; if the last base has more rows, it takes as many versions as those
 */
export function isBaseDue({ segments, bases }: Manifest, { name }: Pick<TableShape, "name">, every: number): boolean {
  const last = bases.findLast(({ projection }) => projection === name);
  const versions = segments
    .filter(({ lastSeq }) => lastSeq > (last?.seq ?? 0))
    .reduce((sum, { tables }) => sum + (tables[name]?.count ?? 0), 0);
  return versions >= Math.max(every, last?.count ?? 0);
}

export function nextVersionOf({ segments }: Manifest): number {
  const last = segments.at(-1);
  return last === undefined ? 1 : last.firstVersion + last.versions;
}

export function filesOf({ segments, bases }: Manifest): ListedFile[] {
  return [...segments.flatMap(({ rows, tables }) => [rows, ...Object.values(tables)]), ...bases];
}

export function bytesOf(manifest: Manifest): number {
  return filesOf(manifest).reduce((sum, { bytes }) => sum + bytes, 0);
}

export function isManifest(name: string): boolean {
  return name === MANIFEST;
}
