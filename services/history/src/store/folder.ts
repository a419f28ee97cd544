import { createHash } from "node:crypto";
import { createReadStream, mkdirSync, readdirSync, rmSync } from "node:fs";
import { open, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isNoFile } from "@fleetlog/runtime/node";
import { identityOf } from "./identity.ts";
import { UnreadableFile } from "./unreadable.ts";

/** A listed file. If it is missing, shorter or changed, it is damaged. */
export interface ListedFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** The files of one history. Nothing counts as written before it is synced. */
export class Folder {
  readonly path: string;
  readonly #beforeStep: (step: string) => void;
  /** Identities of files by name, as the files were when they were described, found whole, or first looked at. */
  readonly #identities = new Map<string, string>();

  /** @param beforeStep called before each step that changes the folder; tests interrupt there */
  constructor(path: string, beforeStep: (step: string) => void = () => {}) {
    this.path = path;
    this.#beforeStep = beforeStep;
    mkdirSync(path, { recursive: true });
  }

  of(name: string): string {
    return join(this.path, name);
  }

  step(name: string): void {
    this.#beforeStep(name);
  }

  async write(name: string, parts: readonly Uint8Array[]): Promise<void> {
    this.step(`write ${name}`);
    await writeFile(this.of(name), parts, { flush: true });
  }

  /** Syncs a file that another library wrote, and describes it. */
  async describe(name: string): Promise<ListedFile> {
    this.step(`sync ${name}`);
    const file = await open(this.of(name), "r+");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    return await this.#noted(name);
  }

  /** Replaces a file as a whole: a reader finds the old or the new text. */
  async replace(name: string, text: string): Promise<void> {
    const next = `${name}.next`;
    await this.write(next, [Buffer.from(text)]);
    this.step(`rename ${name}`);
    await rename(this.of(next), this.of(name));
    this.step(`sync the folder after ${name}`);
    const folder = await open(this.path, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  /** False if the file is missing or differs. @throws UnreadableFile if that can't be found out now */
  async isWhole({ name, bytes, sha256 }: ListedFile): Promise<boolean> {
    try {
      const found = await this.#noted(name, (one) => one.bytes === bytes && one.sha256 === sha256);
      return found.bytes === bytes && found.sha256 === sha256;
    } catch (error) {
      if (isNoFile(error)) return false;
      throw new UnreadableFile(this.of(name), error as Error);
    }
  }

  /**
   * Whether the file is missing, or was written to since it was described or found whole. For a file that was neither
   * described nor found whole: since the first call with its name.
   */
  hasChanged(name: string): boolean {
    const found = identityOf(this.of(name));
    const known = this.#identities.get(name);
    if (known === undefined && found !== undefined) this.#identities.set(name, found);
    return found === undefined || (known !== undefined && known !== found);
  }

  /** The identity of a file, as it was when it was described or found whole; undefined for other files. */
  identityOf(name: string): string | undefined {
    return this.#identities.get(name);
  }

  /** Call for a file that another thread has described. */
  noteIdentity(name: string, identity: string): void {
    this.#identities.set(name, identity);
  }

  /** Bytes; undefined without the file. @throws UnreadableFile */
  async sizeOf(name: string): Promise<number | undefined> {
    try {
      return (await stat(this.of(name))).size;
    } catch (error) {
      if (isNoFile(error)) return undefined;
      throw new UnreadableFile(this.of(name), error as Error);
    }
  }

  keepOnly(kept: (name: string) => boolean): void {
    for (const name of readdirSync(this.path)) if (!kept(name)) rmSync(this.of(name), { recursive: true, force: true });
  }

  /** Notes the identity of the file before the file is read, so that a write during the reading counts as a change. */
  async #noted(name: string, isGood: (file: ListedFile) => boolean = () => true): Promise<ListedFile> {
    const identity = identityOf(this.of(name));
    const file = await this.#hashed(name);
    if (identity !== undefined && isGood(file)) this.#identities.set(name, identity);
    return file;
  }

  async #hashed(name: string): Promise<ListedFile> {
    const hash = createHash("sha256");
    let bytes = 0;
    for await (const chunk of createReadStream(this.of(name), { highWaterMark: 1024 * 1024 })) {
      hash.update(chunk);
      bytes += (chunk as Buffer).length;
    }
    return { name, bytes, sha256: hash.digest("hex") };
  }
}
