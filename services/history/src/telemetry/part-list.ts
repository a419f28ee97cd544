import { link, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "@fleetlog/log";
import type { Folder } from "../store/folder.ts";
import { isLost } from "../store/unreadable.ts";
import {
  type ArchiveManifest,
  ensureArchiveManifest,
  MANIFEST,
  type Part,
  readArchiveManifest,
  writeArchiveManifest,
} from "./manifest.ts";
import { DAMAGED, MISSING, MissingParts } from "./missing-parts.ts";
import { Pins } from "./pins.ts";

/** Files of an earlier log that was replaced. Only those of the last replacement are kept. */
const SET_ASIDE = "of-another-log";
/** Folder of the files that are copied from other historians. */
export const COPIED = "copied";

/** The valid parts of an archive, and those whose files are missing or damaged. Changes are made one after another. */
export class PartList {
  readonly #folder: Folder;
  readonly #logger: Logger;
  readonly #missing: MissingParts;
  readonly #files: Pins<string>;
  #manifest: ArchiveManifest;

  private constructor(folder: Folder, logger: Logger) {
    this.#folder = folder;
    this.#logger = logger;
    this.#manifest = readArchiveManifest(folder);
    this.#missing = new MissingParts(folder, this.#manifest.parts);
    this.#files = new Pins((name) => void rm(folder.of(name), { force: true }));
  }

  /** Opens the list, and deletes unfinished files. */
  static async open(folder: Folder, logger: Logger): Promise<PartList> {
    await ensureArchiveManifest(folder);
    const list = new PartList(folder, logger);
    const names = list.manifest.parts.map(({ file }) => file.name);
    const listed = new Set([...names, MANIFEST, MISSING, SET_ASIDE, DAMAGED, COPIED]);
    folder.keepOnly((name) => listed.has(name) || list.missing.some((part) => list.#missing.isOf(name, part)));
    return list;
  }

  get manifest(): ArchiveManifest {
    return this.#manifest;
  }

  /** Parts whose files are missing or damaged, in the order of sequences. */
  get missing(): readonly Part[] {
    // While the two lists are replaced one after another, a part is in both.
    const listed = new Set(this.#manifest.parts.map(({ firstSeq }) => firstSeq));
    return this.#missing.parts.filter(({ firstSeq }) => !listed.has(firstSeq));
  }

  /** Whether the file of a part has the bytes that were written. @throws UnreadableFile if that can't be found out now */
  isWhole({ file }: Part): Promise<boolean> {
    return unlessLost(this.#folder.isWhole(file), false);
  }

  /** @returns a function to call once the files of the listed parts are not read any more */
  use(parts: readonly Part[]): () => void {
    return this.#files.use(parts.map(({ file }) => file.name));
  }

  /**
   * Replaces the list, and deletes the files of parts that are no longer in it.
   *
   * @param alongside called when the new list is valid, before anything else can read it
   */
  async replace(manifest: ArchiveManifest, alongside: () => void = () => {}): Promise<void> {
    const before = this.#manifest;
    await writeArchiveManifest(this.#folder, manifest);
    this.#manifest = manifest;
    alongside();
    const used = new Set(manifest.parts.map(({ file }) => file.name));
    for (const { file } of before.parts) if (!used.has(file.name)) this.#files.drop(file.name);
  }

  /** Gives up missing parts that the retention no longer keeps. */
  forget(isKept: (part: Part) => boolean): Promise<void> {
    return this.#missing.keepOnly(isKept);
  }

  /** The files of the other parts are set aside. */
  async keepOnly(parts: readonly Part[], through: number): Promise<void> {
    const own = new Set(parts.map(({ file }) => file.name));
    const others = this.#manifest.parts.flatMap(({ file }) => (own.has(file.name) ? [] : [file.name]));
    if (others.length > 0) {
      await rm(this.#folder.of(SET_ASIDE), { recursive: true, force: true });
      await mkdir(this.#folder.of(SET_ASIDE));
      for (const name of others) await link(this.#folder.of(name), join(this.#folder.of(SET_ASIDE), name));
    }
    await this.replace({ ...this.#manifest, parts, through });
    await this.#missing.keepOnly(({ lastSeq }) => lastSeq <= through);
  }

  /** The listed parts whose files are missing, have another size, or were changed since they were seen last. */
  async changed(): Promise<readonly Part[]> {
    const found: Part[] = [];
    for (const part of this.#manifest.parts) {
      const { name, bytes } = part.file;
      const isOther = (await unlessLost(this.#folder.sizeOf(name), undefined)) !== bytes;
      if (isOther || (this.#folder.hasChanged(name) && !(await this.isWhole(part)))) found.push(part);
    }
    return found;
  }

  /** Call after a part's file was found missing or damaged. The archive goes on without the part.
   *
   * @returns the part; undefined if it is not listed any more
   */
  async setAside({ file: { name } }: Part): Promise<Part | undefined> {
    const part = this.#manifest.parts.find(({ file }) => file.name === name);
    if (part === undefined) return undefined;
    const { firstSeq, lastSeq, events } = part;
    this.#logger.error(
      { path: this.#folder.of(name), firstSeq, lastSeq, events },
      "a file of the archive of telemetry is missing or damaged; its events are read from the stream again if they are " +
        "still there, or copied from another historian that has them; else copy the file from a backup of the folder",
    );
    await this.#missing.add(part);
    const manifest = { ...this.#manifest, parts: this.#manifest.parts.filter((one) => one !== part) };
    await writeArchiveManifest(this.#folder, manifest);
    this.#manifest = manifest;
    await this.#missing.moveAway(part);
    return part;
  }

  /** The missing parts whose files are there again, even under a name that another historian gave them. */
  async found(isStart: boolean): Promise<readonly Part[]> {
    const found: Part[] = [];
    for (const part of this.missing) if (await this.#missing.find(part, isStart)) found.push(part);
    return found;
  }

  /**
   * Adds a part to the list. It no longer counts as missing.
   *
   * @param alongside see {@link replace}
   */
  async add(part: Part, files = this.#manifest.files, alongside?: () => void): Promise<void> {
    const parts = [...this.#manifest.parts, part].sort((a, b) => a.firstSeq - b.firstSeq);
    await this.replace({ ...this.#manifest, files, parts }, alongside);
    await this.#missing.keepOnly(({ firstSeq }) => firstSeq !== part.firstSeq);
    const { firstSeq, lastSeq } = part;
    this.#logger.info({ firstSeq, lastSeq }, "telemetry that was missing in the archive is there again");
  }
}

/**
 * @returns `otherwise` for a file of which the disk has lost a part. Unlike a file of the history, such a file is only
 * moved away, because its events may be in the stream or in another archive
 */
async function unlessLost<T>(answer: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (isLost(error)) return otherwise;
    throw error;
  }
}
