import type { RecordedEvent } from "@fleetlog/domain";
import { KnownIds, REPEATS_WITHIN } from "@fleetlog/log";
import type { EventTable } from "../store/event-table.ts";
import { Folder } from "../store/folder.ts";
import { type ArchiveOptions, SPAN } from "./archive-options.ts";
import { gapsOf, type Range } from "./gaps.ts";
import { isRepeatIn } from "./known-repeats.ts";
import type { ArchiveManifest, Part } from "./manifest.ts";
import { type OpenPart, opened, spanOf, withEvent, without } from "./open-part.ts";
import { PartFiles } from "./part-files.ts";
import { PartList } from "./part-list.ts";
import { Pins } from "./pins.ts";
import { Repairs } from "./repairs.ts";
import { kept } from "./retention.ts";
import type { ArchiveSnapshot } from "./snapshot.ts";

const PART_CHARS = 32 * 1024 ** 2;

interface After {
  readonly files: number;
  readonly tail: EventTable;
  readonly open: OpenPart | undefined;
}

/**
 * Telemetry as columns in Parquet files, cut by sequence. It includes what the stream has dropped. Make one call at a
 * time.
 */
export class TelemetryArchive {
  readonly #options: ArchiveOptions;
  readonly #folder: Folder;
  readonly #written: PartFiles;
  readonly #list: PartList;
  readonly repairs: Repairs;
  /** Undefined before the first event. */
  #known: KnownIds | undefined;
  readonly #tables: Pins<EventTable>;
  #tail: EventTable;
  #seq: number;
  #open: OpenPart | undefined;

  private constructor(
    options: ArchiveOptions,
    parts: { readonly folder: Folder; readonly written: PartFiles; readonly list: PartList; readonly tail: EventTable },
  ) {
    const { manifest } = parts.list;
    this.#options = options;
    this.#folder = parts.folder;
    this.#written = parts.written;
    this.#list = parts.list;
    this.#tail = parts.tail;
    this.#seq = manifest.through;
    this.#open = opened(manifest.parts.at(-1));
    this.#tables = new Pins((table) => void table.drop().catch(() => {}));
    this.repairs = new Repairs({
      ...parts,
      hasOpenPart: () => this.#open !== undefined,
      onReopened: (part) => {
        this.#open = opened(part);
      },
    });
  }

  /** Continues after the saved events. Unfinished files are deleted. Parts whose files are missing are set aside. */
  static async open(options: ArchiveOptions): Promise<TelemetryArchive> {
    const { directory, duck, logger, beforeStep } = options;
    const folder = new Folder(directory, beforeStep);
    const list = await PartList.open(folder, logger);
    const written = new PartFiles(duck, await duck.connect(), folder);
    const archive = new TelemetryArchive(options, { folder, written, list, tail: await written.newTable() });
    await archive.repairs.restore(true);
    await archive.checkFiles();
    return archive;
  }

  /** Sequence up to which the stream was read. */
  get seq(): number {
    return this.#seq;
  }

  get manifest(): ArchiveManifest {
    return this.#list.manifest;
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

  /** Call before the first event is applied. Skips sequences that the stream no longer has. */
  async skipTo(seq: number): Promise<void> {
    if (seq <= this.#seq) return;
    this.#seq = seq;
    // A part has all events of its sequences, so it ends before those that are missing.
    await this.#save(true);
  }

  /** Writes what is in memory to files, and removes what the retention doesn't keep. */
  async save(): Promise<void> {
    if (this.#seq > this.manifest.through) await this.#save(false);
    else await this.#replaceParts(this.manifest.parts);
  }

  /** Call before the first event is applied. Keeps only these parts; the files of the others are set aside. */
  async keepOnly(parts: readonly Part[], through: number): Promise<void> {
    this.#seq = through;
    this.#open = opened(parts.at(-1));
    this.#known = undefined;
    await this.#list.keepOnly(parts, through);
  }

  /** Whether the file of a part has the bytes that were written. */
  isWhole(part: Part): Promise<boolean> {
    return this.#list.isWhole(part);
  }

  /** Sets parts aside whose files are missing, have another size, or were changed since they were seen last. */
  async checkFiles(): Promise<void> {
    for (const part of await this.#list.changed()) await this.setAside(part);
  }

  /** Call when the part's file was found missing or damaged. The archive goes on without the part. */
  async setAside(part: Part): Promise<void> {
    const listed = await this.#list.setAside(part);
    if (listed?.isOpen === true) this.#open = this.#open && without(this.#open, listed);
  }

  /**
   * Sequences up to `upTo` that belong to no part, not even to a missing one, lowest first. Sequences that the
   * retention removed are left out.
   */
  gaps(upTo: number): readonly Range[] {
    const { parts, removedThrough } = this.manifest;
    const end = (this.#open?.firstSeq ?? this.#seq + 1) - 1;
    return gapsOf([...parts, ...this.#list.missing], { from: removedThrough + 1, to: Math.min(upTo, end) });
  }

  /** Whether an earlier event has the id of the event with this sequence, which is at most {@link seq}. */
  isRepeat(seq: number): boolean {
    const open = this.#open;
    if (open !== undefined && seq >= open.firstSeq) return isRepeatIn([open], seq);
    return isRepeatIn(this.manifest.parts, seq) || isRepeatIn(this.#list.missing, seq);
  }

  take(): ArchiveSnapshot {
    const { parts } = this.manifest;
    const tail = this.#tail;
    tail.flush();
    const releases = [this.#list.use(parts), this.#tables.use([tail])];
    return {
      parts,
      files: parts.map(({ file }) => this.#folder.of(file.name)),
      missing: this.#list.missing,
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

  /** Writes the open part. Then the part ends, or stays open for further events. */
  async #save(ends: boolean): Promise<void> {
    const open = this.#open;
    const { parts, files } = this.manifest;
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

  /** A snapshot must have parts and tail either from before the change or from after it. */
  async #replaceParts(next: readonly Part[], after: Partial<After> = {}): Promise<void> {
    const { retention, now } = this.#options;
    const before = this.manifest;
    const parts = kept(next, retention, now());
    const removed = next.slice(0, next.length - parts.length).at(-1)?.lastSeq ?? 0;
    if (next === before.parts && removed === 0 && this.#seq === before.through) return;
    const removedThrough = Math.max(before.removedThrough, removed);
    const { files = before.files, tail } = after;
    await this.#list.replace({ ...before, parts, files, removedThrough, through: this.#seq }, () => {
      if ("open" in after) this.#open = after.open;
      if (tail === undefined) return;
      const old = this.#tail;
      this.#tail = tail;
      this.#tables.drop(old);
    });
    const oldest = now() - retention.maxAgeMs;
    await this.#list.forget(({ newest, lastSeq }) => newest >= oldest && lastSeq > removedThrough);
  }

  /** Reads the ids of the newest `REPEATS_WITHIN` events. */
  async #loadIds(): Promise<KnownIds> {
    const newest: Part[] = [];
    let events = 0;
    for (const part of this.manifest.parts.toReversed()) {
      if (events > REPEATS_WITHIN) break;
      if (await this.isWhole(part)) newest.unshift(part);
      else await this.setAside(part);
      events += part.events;
    }
    const known = new KnownIds();
    for (const part of newest) for (const { id } of await this.#written.ids(part)) known.add(id);
    return known;
  }
}
