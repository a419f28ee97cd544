import { link, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { RecordedEvent } from "@fleetlog/domain";
import { KnownIds, type Logger } from "@fleetlog/log";
import type { Duck } from "../store/duck.ts";
import type { EventTable } from "../store/event-table.ts";
import { Folder } from "../store/folder.ts";
import {
  type ArchiveManifest,
  ensureArchiveManifest,
  MANIFEST,
  type Part,
  readArchiveManifest,
  writeArchiveManifest,
} from "./manifest.ts";
import { DAMAGED, MISSING, MissingParts } from "./missing-parts.ts";
import { type OpenPart, opened, spanOf, withEvent, without } from "./open-part.ts";
import { PartFiles } from "./part-files.ts";
import { Pins } from "./pins.ts";
import { kept, type Retention } from "./retention.ts";

export interface ArchiveOptions {
  /** Exclusive to this archive. */
  readonly directory: string;
  /** With one thread, which keeps the order of rows, so that the same events give the same bytes. */
  readonly duck: Duck;
  readonly retention: Retention;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Sequences of a part; default 65,536. Parts begin at its multiples, in every historian. */
  readonly span?: number | undefined;
  /** Characters of the data after which a part ends before its span does; default 32 million. */
  readonly partChars?: number | undefined;
  /** For tests: called before each step that changes the folder. */
  readonly beforeStep?: ((step: string) => void) | undefined;
}

/** What the archive has at one moment. Its files and its table stay until `release` is called. */
export interface ArchiveSnapshot {
  readonly parts: readonly Part[];
  readonly files: readonly string[];
  /** Parts whose files are missing or damaged, in the order of sequences. */
  readonly missing: readonly Part[];
  /** A table with the events after the parts; undefined if there are none. */
  readonly table: string | undefined;
  /** Sequence up to which the stream was read. */
  readonly seq: number;
  /** Sequences of events whose id an earlier event has. */
  readonly repeats: readonly number[];
  release(): void;
}

const SPAN = 65_536;
const PART_CHARS = 32 * 1024 ** 2;
/** Files that are not of the log any more, which was replaced. Those of the last time only. */
const SET_ASIDE = "of-another-log";
/** Events whose ids are compared with those of new events. */
const REPEATS_WITHIN = 327_680;

interface After {
  readonly files: number;
  readonly tail: EventTable;
  readonly open: OpenPart | undefined;
}

/** Telemetry as columns in Parquet files, cut by sequence, also what its stream has dropped. Calls are made one after another. */
export class TelemetryArchive {
  readonly #options: ArchiveOptions;
  readonly #folder: Folder;
  readonly #written: PartFiles;
  readonly #missing: MissingParts;
  /** Undefined before the first event. */
  #known: KnownIds | undefined;
  readonly #files: Pins<string>;
  readonly #tables: Pins<EventTable>;
  #manifest: ArchiveManifest;
  #tail: EventTable;
  #seq: number;
  #open: OpenPart | undefined;

  private constructor(options: ArchiveOptions, folder: Folder, written: PartFiles, tail: EventTable) {
    this.#options = options;
    this.#folder = folder;
    this.#written = written;
    this.#manifest = readArchiveManifest(folder);
    this.#missing = new MissingParts(folder, this.#manifest.parts);
    this.#tail = tail;
    this.#seq = this.#manifest.through;
    this.#open = opened(this.#manifest.parts.at(-1));
    this.#files = new Pins((name) => void rm(folder.of(name), { force: true }));
    this.#tables = new Pins((table) => void table.drop().catch(() => {}));
  }

  /** Goes on after what was saved. Files that were not finished are deleted, parts without their file set aside. */
  static async open(options: ArchiveOptions): Promise<TelemetryArchive> {
    const { directory, duck, beforeStep } = options;
    const folder = new Folder(directory, beforeStep);
    await ensureArchiveManifest(folder);
    const { parts } = readArchiveManifest(folder);
    const missing = new MissingParts(folder, parts);
    const listed = new Set([...parts.map(({ file }) => file.name), MANIFEST, MISSING, SET_ASIDE, DAMAGED]);
    folder.keepOnly((name) => listed.has(name) || missing.parts.some((part) => missing.isOf(name, part)));
    const written = new PartFiles(duck, await duck.connect(), folder);
    const archive = new TelemetryArchive(options, folder, written, await written.newTable());
    await archive.restore(true);
    await archive.checkSizes();
    return archive;
  }

  /** Sequence up to which the stream was read. */
  get seq(): number {
    return this.#seq;
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

  /** The folder of the listed files. */
  get directory(): string {
    return this.#folder.path;
  }

  /** `events` are in log order, and include all events up to `throughSeq`. */
  async apply(events: readonly RecordedEvent[], throughSeq: number): Promise<void> {
    const span = this.#options.span ?? SPAN;
    const chars = this.#options.partChars ?? PART_CHARS;
    this.#known ??= await this.#loadIds();
    const known = this.#known;
    for (const event of events) {
      if (event.seq <= this.#seq) continue;
      const open = this.#open;
      if (open !== undefined && (open.chars > chars || spanOf(open.firstSeq, span) !== spanOf(event.seq, span))) {
        await this.#save(true);
      }
      const length = this.#tail.add(event);
      this.#open = withEvent(this.#open, event, { chars: length, isRepeat: !known.add(event.id) });
      this.#seq = event.seq;
    }
    this.#seq = Math.max(this.#seq, throughSeq);
    if (this.#open !== undefined && spanOf(this.#open.firstSeq, span) !== spanOf(this.#seq + 1, span)) {
      await this.#save(true);
    }
  }

  /** Writes what is in memory to files, and removes what the retention doesn't keep. */
  async save(): Promise<void> {
    if (this.#seq > this.#manifest.through) await this.#save(false);
    else await this.#replaceParts(this.#manifest.parts);
  }

  /** Before the first event is applied: goes on after some of the parts. The files of the others are set aside. */
  async keepOnly(parts: readonly Part[], through: number): Promise<void> {
    const own = new Set(parts.map(({ file }) => file.name));
    const others = this.#manifest.parts.flatMap(({ file }) => (own.has(file.name) ? [] : [file.name]));
    if (others.length > 0) {
      await rm(this.#folder.of(SET_ASIDE), { recursive: true, force: true });
      await mkdir(this.#folder.of(SET_ASIDE));
      for (const name of others) await link(this.#folder.of(name), join(this.#folder.of(SET_ASIDE), name));
    }
    this.#seq = through;
    this.#open = opened(parts.at(-1));
    const manifest = { ...this.#manifest, parts, through };
    await writeArchiveManifest(this.#folder, manifest);
    this.#manifest = manifest;
    for (const name of others) this.#files.drop(name);
    await this.#missing.keepOnly(({ lastSeq }) => lastSeq <= through);
    this.#known = undefined;
  }

  /** Whether the file of a part has the bytes that were written. */
  isWhole({ file }: Part): Promise<boolean> {
    return this.#folder.isWhole(file);
  }

  /** Sets parts aside whose files are missing or have another size. */
  async checkSizes(): Promise<void> {
    for (const part of this.#manifest.parts) {
      if ((await this.#folder.sizeOf(part.file.name)) !== part.file.bytes) await this.setAside(part);
    }
  }

  /** After its file was found missing or damaged: goes on without it. */
  async setAside({ file: { name } }: Part): Promise<void> {
    const part = this.#manifest.parts.find(({ file }) => file.name === name);
    if (part === undefined) return;
    const { firstSeq, lastSeq, events } = part;
    const path = this.#folder.of(name);
    this.#options.logger.error(
      { path, firstSeq, lastSeq, events },
      "a file of the archive of telemetry is missing or damaged; its events are read from the stream again if they are " +
        "still there, else copy the file from a backup or from another historian",
    );
    await this.#missing.add(part);
    const manifest = { ...this.#manifest, parts: this.#manifest.parts.filter((one) => one !== part) };
    await writeArchiveManifest(this.#folder, manifest);
    this.#manifest = manifest;
    if (part.isOpen) this.#open = this.#open && without(this.#open, part);
    await this.#missing.moveAway(part);
  }

  /** Puts parts back whose files are there again, also under the name that another historian gave them. */
  async restore(isStart = false): Promise<void> {
    for (const part of this.missing) {
      if (await this.#missing.find(part, isStart)) await this.#putBack(part, part.file);
    }
  }

  /**
   * Writes the file of a missing part again.
   *
   * @param events those of the part's sequences that the stream has
   * @returns false if they are not the part's
   */
  async refill(part: Part, events: AsyncIterable<RecordedEvent>): Promise<boolean> {
    const table = await this.#written.newTable();
    try {
      let lastId: string | undefined;
      for await (const event of events) {
        table.add(event);
        lastId = event.id;
      }
      if (table.rows !== part.events || lastId !== part.lastId) return false;
      const file = await this.#written.write(`t${part.firstSeq}-${this.#manifest.files}.parquet`, undefined, table);
      await this.#putBack(part, file, this.#manifest.files + 1);
      return true;
    } finally {
      await table.drop();
    }
  }

  take(): ArchiveSnapshot {
    const { parts } = this.#manifest;
    const tail = this.#tail;
    tail.flush();
    const names = parts.map(({ file }) => file.name);
    const releases = [this.#files.use(names), this.#tables.use([tail])];
    return {
      parts,
      files: names.map((name) => this.#folder.of(name)),
      missing: this.missing,
      table: tail.rows === 0 ? undefined : tail.name,
      seq: this.#seq,
      repeats: [
        ...parts.filter(({ isOpen }) => !isOpen).flatMap(({ repeats }) => repeats),
        ...(this.#open?.repeats ?? []),
      ],
      release: () => {
        for (const release of releases) release();
      },
    };
  }

  close(): void {
    this.#written.close();
  }

  /** Writes the open part, which then ends or stays open. */
  async #save(ends: boolean): Promise<void> {
    const open = this.#open;
    const { parts, files } = this.#manifest;
    if (open === undefined) {
      await this.#replaceParts(parts);
      return;
    }
    const newest = parts.at(-1);
    const saved = newest?.isOpen === true ? newest : undefined;
    const others = saved === undefined ? parts : parts.slice(0, -1);
    if (saved !== undefined && this.#tail.rows === 0) {
      await this.#replaceParts([...others, { ...saved, isOpen: !ends }], { open: ends ? undefined : open });
      return;
    }
    if (saved !== undefined && !(await this.isWhole(saved))) {
      await this.setAside(saved);
      await this.#save(ends);
      return;
    }
    const file = await this.#written.write(`t${open.firstSeq}-${files}.parquet`, saved, this.#tail);
    const tail = await this.#written.newTable();
    const part: Part = { ...open, repeats: [...open.repeats], file, isOpen: !ends };
    await this.#replaceParts([...others, part], { files: files + 1, tail, open: ends ? undefined : open });
  }

  /** A snapshot has the parts and the tail of before, or those of after. */
  async #replaceParts(next: readonly Part[], after: Partial<After> = {}): Promise<void> {
    const { retention, now } = this.#options;
    const before = this.#manifest;
    const parts = kept(next, retention, now());
    const removed = next.slice(0, next.length - parts.length).at(-1)?.lastSeq ?? 0;
    if (next === before.parts && removed === 0 && this.#seq === before.through) return;
    const removedThrough = Math.max(before.removedThrough, removed);
    const { files = before.files, tail } = after;
    const manifest = { ...before, parts, files, removedThrough, through: this.#seq };
    await writeArchiveManifest(this.#folder, manifest);
    this.#manifest = manifest;
    if ("open" in after) this.#open = after.open;
    if (tail !== undefined) {
      const old = this.#tail;
      this.#tail = tail;
      this.#tables.drop(old);
    }
    const used = new Set(parts.map(({ file }) => file.name));
    for (const { file } of before.parts) if (!used.has(file.name)) this.#files.drop(file.name);
    const oldest = now() - retention.maxAgeMs;
    await this.#missing.keepOnly(({ newest, lastSeq }) => newest >= oldest && lastSeq > removedThrough);
  }

  async #putBack(part: Part, file: Part["file"], files = this.#manifest.files): Promise<void> {
    const { parts } = this.#manifest;
    const isNewest = parts.every(({ lastSeq }) => lastSeq < part.firstSeq);
    const isOpen = part.isOpen && isNewest && this.#open === undefined;
    const back = { ...part, file, isOpen };
    const manifest = { ...this.#manifest, files, parts: [...parts, back].sort((a, b) => a.firstSeq - b.firstSeq) };
    await writeArchiveManifest(this.#folder, manifest);
    this.#manifest = manifest;
    if (isOpen) this.#open = opened(back);
    await this.#missing.keepOnly((one) => one.firstSeq !== part.firstSeq);
    const { firstSeq, lastSeq } = part;
    this.#options.logger.info({ firstSeq, lastSeq }, "telemetry that was missing in the archive is there again");
  }

  /** Of the newest events, as many as are compared for repeats. */
  async #loadIds(): Promise<KnownIds> {
    const newest: Part[] = [];
    let events = 0;
    for (const part of this.#manifest.parts.toReversed()) {
      if (events > REPEATS_WITHIN) break;
      if (await this.isWhole(part)) newest.unshift(part);
      else await this.setAside(part);
      events += part.events;
    }
    const known = new KnownIds();
    for (const part of newest) for (const id of await this.#written.ids(part)) known.add(id);
    return known;
  }
}
