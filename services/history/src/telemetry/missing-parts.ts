import { mkdirSync, readdirSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { textIfExists } from "@fleetlog/runtime/node";
import type { Folder, ListedFile } from "../store/folder.ts";
import { UnreadableFile } from "../store/unreadable.ts";
import type { Part } from "./manifest.ts";

/** To give up the missing telemetry, an operator may delete this file while the historian is stopped. */
export const MISSING = "missing.json";
/** Folder of files whose bytes have changed. */
export const DAMAGED = "damaged";

/** Parts whose files are missing or damaged, in the order of sequences. Their list is in a file of its own. */
export class MissingParts {
  readonly #folder: Folder;
  #parts: readonly Part[];

  /** @param listed valid parts. They are not missing, even if a process ended before it removed them from this list */
  constructor(folder: Folder, listed: readonly Part[]) {
    this.#folder = folder;
    const names = new Set(listed.map(({ file }) => file.name));
    this.#parts = read(folder).filter(({ file }) => !names.has(file.name));
    mkdirSync(folder.of(DAMAGED), { recursive: true });
  }

  get parts(): readonly Part[] {
    return this.#parts;
  }

  /** Whether the file may be that of a missing part, restored by an operator. The caller must compare the hash. */
  isOf(name: string, part: Part): boolean {
    return name.startsWith(`t${part.firstSeq}-`) && name.endsWith(".parquet");
  }

  async add(part: Part): Promise<void> {
    await this.#replace([...this.#parts, part].sort((a, b) => a.firstSeq - b.firstSeq));
  }

  /** Moves the file away, if there is one. */
  async moveAway({ file: { name } }: Part): Promise<void> {
    await rename(this.#folder.of(name), this.#damaged(name)).catch(ignoreMissing);
  }

  /**
   * Whether the part's file is there again, under any name that a historian may give it. The file is moved to its
   * place.
   *
   * @param alsoDamaged whether to check the file that was moved away, too
   */
  async find(part: Part, alsoDamaged: boolean): Promise<boolean> {
    const damaged = alsoDamaged ? readdirSync(this.#folder.of(DAMAGED)).map((name) => join(DAMAGED, name)) : [];
    for (const name of [...readdirSync(this.#folder.path), ...damaged]) {
      if (!this.isOf(basename(name), part) || !(await this.#isFile({ ...part.file, name }))) continue;
      await rename(this.#folder.of(name), this.#folder.of(part.file.name));
      return true;
    }
    return false;
  }

  async keepOnly(isKept: (part: Part) => boolean): Promise<void> {
    const others = this.#parts.filter((part) => !isKept(part));
    if (others.length === 0) return;
    await this.#replace(this.#parts.filter(isKept));
    for (const { file } of others) await rm(this.#damaged(file.name), { force: true });
  }

  /** A file that can't be read now is looked at again later. */
  async #isFile(file: ListedFile): Promise<boolean> {
    try {
      return await this.#folder.isWhole(file);
    } catch (error) {
      if (error instanceof UnreadableFile) return false;
      throw error;
    }
  }

  #damaged(name: string): string {
    return join(this.#folder.of(DAMAGED), name);
  }

  async #replace(parts: readonly Part[]): Promise<void> {
    await this.#folder.replace(MISSING, JSON.stringify(parts));
    this.#parts = parts;
  }
}

function read(folder: Folder): readonly Part[] {
  const text = textIfExists(folder.of(MISSING));
  if (text === undefined) return [];
  try {
    return JSON.parse(text) as readonly Part[];
  } catch (cause) {
    throw new Error(`${folder.of(MISSING)} is damaged; delete it to give the missing telemetry up`, { cause });
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
