import { rename } from "node:fs/promises";
import { join } from "node:path";
import type { RecordedEvent } from "@fleetlog/domain";
import type { Folder } from "../store/folder.ts";
import type { Range } from "./gaps.ts";
import type { Part } from "./manifest.ts";
import type { PartFiles } from "./part-files.ts";
import { COPIED, type PartList } from "./part-list.ts";

export interface RepairsOptions {
  readonly folder: Folder;
  readonly written: PartFiles;
  readonly list: PartList;
  /** Whether events are being added to a part. */
  readonly hasOpenPart: () => boolean;
  /** Called when the newest part is listed again and was open: the next events are added to it. */
  readonly onReopened: (part: Part) => void;
}

/** Lists parts of an archive again that were missing, and adds parts in its gaps. Calls are made one after another. */
export class Repairs {
  readonly #options: RepairsOptions;

  constructor(options: RepairsOptions) {
    this.#options = options;
  }

  /** Parts whose files are missing or damaged, in the order of sequences. */
  get missing(): readonly Part[] {
    return this.#options.list.missing;
  }

  /** The folder of the files that are copied from other historians. */
  get copied(): string {
    return this.#options.folder.of(COPIED);
  }

  /** Lists those missing parts again whose files are back, even under names that other historians gave them. */
  async restore(isStart = false): Promise<void> {
    for (const part of await this.#options.list.found(isStart)) await this.#putBack(part, part.file);
  }

  /**
   * Writes the file of a missing part again.
   *
   * @param events events with the part's sequences, from the stream or another archive
   * @returns false if they are not the part's events
   */
  async refill(part: Part, events: AsyncIterable<RecordedEvent>): Promise<boolean> {
    const { written, list } = this.#options;
    const { files } = list.manifest;
    const file = await written.rewrite(`t${part.firstSeq}-${files}.parquet`, part, events);
    if (file !== undefined) await this.#putBack(part, file, files + 1);
    return file !== undefined;
  }

  /**
   * Restores a missing part from copied files.
   *
   * @param names the part's own file alone, or files that have its events, in the order of sequences
   * @returns false if they do not have the part's events
   */
  async putBackCopied(part: Part, names: readonly string[]): Promise<boolean> {
    const { folder, written } = this.#options;
    const { firstSeq: from, lastSeq: to } = part;
    const copied = names.map((name) => join(COPIED, name));
    if (names[0] !== part.file.sha256) return await this.refill(part, written.events(copied, { from, to }));
    await rename(folder.of(join(COPIED, names[0])), folder.of(`t${from}-copied.parquet`));
    await this.restore();
    return !this.missing.includes(part);
  }

  /**
   * Adds the events of a copied file whose sequences are in a gap.
   *
   * @param repeats sequences of the file's events whose id an earlier event has
   * @returns false if the file has none of these sequences
   */
  async adopt(name: string, gap: Range, repeats: readonly number[]): Promise<boolean> {
    const { written, list } = this.#options;
    const { files } = list.manifest;
    const added = await written.extract(join(COPIED, name), `t${gap.from}-${files}.parquet`, gap);
    if (added === undefined) return false;
    const { firstSeq, lastSeq } = added;
    const own = repeats.filter((seq) => seq >= firstSeq && seq <= lastSeq);
    await list.add({ ...added, repeats: own, isOpen: false }, files + 1);
    return true;
  }

  async #putBack(part: Part, file: Part["file"], files = this.#options.list.manifest.files): Promise<void> {
    const { list, hasOpenPart, onReopened } = this.#options;
    const isNewest = list.manifest.parts.every(({ lastSeq }) => lastSeq < part.firstSeq);
    const isOpen = part.isOpen && isNewest && !hasOpenPart();
    const back = { ...part, file, isOpen };
    await list.add(back, files, () => {
      if (isOpen) onReopened(back);
    });
  }
}
