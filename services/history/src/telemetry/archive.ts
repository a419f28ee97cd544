import { link, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { RecordedEvent } from "@fleetlog/domain";
import { KnownIds, type Logger } from "@fleetlog/log";
import type { Duck, DuckSession } from "../store/duck.ts";
import { EventTable } from "../store/event-table.ts";
import { Folder } from "../store/folder.ts";
import { parquet, quotedText } from "../store/tables.ts";
import { type ArchiveManifest, MANIFEST, type Part, readArchiveManifest, writeArchiveManifest } from "./manifest.ts";
import { type OpenPart, opened, spanOf, withEvent } from "./open-part.ts";
import { Pins } from "./pins.ts";
import { kept, type Retention } from "./retention.ts";
import { EXACT_COLUMNS } from "./rows.ts";

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
/** Larger than a part, which so is one row group. */
const ROW_GROUP = 122_880;
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
  readonly #session: DuckSession;
  #known = new KnownIds();
  readonly #files: Pins<string>;
  readonly #tables: Pins<EventTable>;
  #manifest: ArchiveManifest;
  #tail: EventTable;
  #seq: number;
  #open: OpenPart | undefined;

  private constructor(options: ArchiveOptions, folder: Folder, session: DuckSession, tail: EventTable) {
    this.#options = options;
    this.#folder = folder;
    this.#session = session;
    this.#manifest = readArchiveManifest(folder);
    this.#tail = tail;
    this.#seq = this.#manifest.through;
    this.#open = opened(this.#manifest.parts.at(-1));
    this.#files = new Pins((name) => void rm(folder.of(name), { force: true }));
    this.#tables = new Pins((table) => void table.drop().catch(() => {}));
  }

  /** Goes on after what was saved. Files that were not finished are deleted. */
  static async open(options: ArchiveOptions): Promise<TelemetryArchive> {
    const { directory, duck, beforeStep } = options;
    const folder = new Folder(directory, beforeStep);
    const { parts } = readArchiveManifest(folder);
    const listed = new Set(parts.map(({ file }) => file.name));
    folder.keepOnly((name) => listed.has(name) || name === MANIFEST || name === SET_ASIDE);
    const session = await duck.connect();
    const tail = await EventTable.begin(duck, "telemetry", EXACT_COLUMNS);
    const archive = new TelemetryArchive(options, folder, session, tail);
    await archive.#loadIds();
    return archive;
  }

  /** Sequence up to which the stream was read. */
  get seq(): number {
    return this.#seq;
  }

  get manifest(): ArchiveManifest {
    return this.#manifest;
  }

  /** The folder of the listed files. */
  get directory(): string {
    return this.#folder.path;
  }

  /** `events` are in log order, and include all events up to `throughSeq`. */
  async apply(events: readonly RecordedEvent[], throughSeq: number): Promise<void> {
    const span = this.#options.span ?? SPAN;
    const chars = this.#options.partChars ?? PART_CHARS;
    for (const event of events) {
      if (event.seq <= this.#seq) continue;
      const open = this.#open;
      if (open !== undefined && (open.chars > chars || spanOf(open.firstSeq, span) !== spanOf(event.seq, span))) {
        await this.#save(true);
      }
      const length = this.#tail.add(event);
      this.#open = withEvent(this.#open, event, { chars: length, isRepeat: !this.#known.add(event.id) });
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
    this.#known = new KnownIds();
    await this.#loadIds();
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
    this.#session.close();
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
    const file = await this.#write(`t${open.firstSeq}-${files}.parquet`, saved, this.#tail);
    const tail = await this.#newTail();
    const part: Part = { ...open, repeats: [...open.repeats], file, isOpen: !ends };
    await this.#replaceParts([...others, part], { files: files + 1, tail, open: ends ? undefined : open });
  }

  #newTail(): Promise<EventTable> {
    return EventTable.begin(this.#options.duck, "telemetry", EXACT_COLUMNS);
  }

  async #write(name: string, saved: Part | undefined, tail: EventTable): Promise<Part["file"]> {
    tail.flush();
    const before = saved === undefined ? "" : `SELECT * FROM ${parquet([this.#folder.of(saved.file.name)])} UNION ALL `;
    this.#folder.step(`copy ${name}`);
    await this.#session.run(
      `COPY (SELECT * FROM (${before}SELECT * FROM ${tail.name}) ORDER BY seq) TO ${quotedText(this.#folder.of(name))}
       (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP})`,
    );
    return await this.#folder.describe(name);
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
  }

  /** Of the newest events, as many as are compared for repeats. */
  async #loadIds(): Promise<void> {
    const paths: string[] = [];
    let events = 0;
    for (const part of this.#manifest.parts.toReversed()) {
      if (events > REPEATS_WITHIN) break;
      paths.unshift(this.#folder.of(part.file.name));
      events += part.events;
    }
    for (const path of paths) {
      const ids = await this.#session.all<{ id: string }>(`SELECT id FROM ${parquet([path])} ORDER BY seq`);
      for (const { id } of ids) this.#known.add(id);
    }
  }
}
