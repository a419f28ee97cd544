import { existsSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { KnownIds } from "@fleetlog/log";
import { jsonIfWhole } from "@fleetlog/runtime/node";
import type { Duck } from "../store/duck.ts";
import { Folder } from "../store/folder.ts";
import { isLost } from "../store/unreadable.ts";
import { SPAN } from "./archive-options.ts";
import { type ArchiveManifest, EMPTY, isPartName, MANIFEST, type Part, writeArchiveManifest } from "./manifest.ts";
import { DAMAGED, MISSING } from "./missing-parts.ts";
import { PartFiles } from "./part-files.ts";

export interface Relisted {
  readonly parts: readonly Part[];
  /** Files that can't be read, or whose sequences another file has; they are in `damaged` now. */
  readonly movedAway: readonly string[];
}

/**
 * Rebuilds the manifest of an archive from the files beside it. No historian may use the folder meanwhile.
 *
 * @throws Error if there is a manifest that can be read, or if a file can't be read for another reason than damage
 */
export async function relistArchive(directory: string, duck: Duck): Promise<Relisted> {
  if (found(join(directory, MANIFEST)) !== undefined)
    throw new Error(`${join(directory, MANIFEST)} can be read; nothing to do`);
  const names = readdirSync(directory).filter(isPartName);
  const folder = new Folder(directory);
  const files = new PartFiles(duck, await duck.connect(), folder);
  try {
    const whole: Part[] = [];
    for (const name of names) {
      // DuckDB does not distinguish a file that can't be read now from a damaged one.
      const file = await folder.describe(name).catch(undefinedIfLost);
      if (file === undefined) continue;
      const facts = await files.facts(name).catch(() => undefined);
      if (facts !== undefined) whole.push({ ...facts, file, isOpen: false, repeats: [] });
    }
    const parts = await withRepeats(withoutOverlaps(whole), files);
    const listed = new Set(parts.map(({ file }) => file.name));
    const movedAway = names.filter((name) => !listed.has(name));
    mkdirSync(folder.of(DAMAGED), { recursive: true });
    // Files that the manifest does not name are deleted at the next start.
    for (const name of [...movedAway, MANIFEST]) if (existsSync(folder.of(name))) moveAway(folder, name);
    await folder.replace(MISSING, JSON.stringify(missingOf(folder).filter((part) => !overlaps(part, parts))));
    await writeArchiveManifest(folder, listOf(parts, names));
    return { parts, movedAway };
  } finally {
    files.close();
  }
}

function listOf(parts: readonly Part[], names: readonly string[]): ArchiveManifest {
  const newest = parts.at(-1);
  // The historian goes on with the newest part if its span has not ended.
  const isOpen = newest !== undefined && newest.lastSeq % SPAN !== 0;
  const files = Math.max(0, ...names.map((name) => Number(/-(\d+)\./.exec(name)?.[1]) + 1));
  const listed = newest === undefined ? [] : [...parts.slice(0, -1), { ...newest, isOpen }];
  return { ...EMPTY, parts: listed, through: newest?.lastSeq ?? 0, files };
}

/** Of files with the same sequences, keeps the one with the most events: the newest part was rewritten many times. */
function withoutOverlaps(parts: readonly Part[]): readonly Part[] {
  const kept: Part[] = [];
  for (const part of [...parts].sort((a, b) => b.events - a.events)) if (!overlaps(part, kept)) kept.push(part);
  return kept.sort((a, b) => a.firstSeq - b.firstSeq);
}

async function withRepeats(parts: readonly Part[], files: PartFiles): Promise<readonly Part[]> {
  const known = new KnownIds();
  const found: Part[] = [];
  for (const part of parts) {
    const repeats: number[] = [];
    for (const { seq, id } of await files.ids(part)) if (!known.add(id)) repeats.push(seq);
    found.push({ ...part, repeats });
  }
  return found;
}

function overlaps({ firstSeq, lastSeq }: Part, others: readonly Part[]): boolean {
  return others.some((one) => one.firstSeq <= lastSeq && one.lastSeq >= firstSeq);
}

function missingOf(folder: Folder): readonly Part[] {
  return (found(folder.of(MISSING)) ?? []) as readonly Part[];
}

/** Undefined also if the disk has lost a part of the file, because this is for what is left of a folder. */
function found(path: string): unknown {
  try {
    return jsonIfWhole(path);
  } catch (error) {
    return undefinedIfLost(error);
  }
}

/** @throws other errors than a loss of the disk */
function undefinedIfLost(error: unknown): undefined {
  if (!isLost(error)) throw error;
}

function moveAway(folder: Folder, name: string): void {
  renameSync(folder.of(name), folder.of(join(DAMAGED, name)));
}
