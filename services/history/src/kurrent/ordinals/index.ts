import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { RecordedEvent } from "@fleetlog/domain";
import { type EventLog, KnownIds, newSeed, type Seed, type StoredEntry } from "@fleetlog/log";
import { isLost } from "../../store/unreadable.ts";
import { DecodedEntry, decodedEntry, type Entry, type Revisions, storedEntry } from "../streams/entry.ts";
import { placeOf } from "../streams/names.ts";
import { Counts } from "./counts.ts";
import { DamagedOrdinals, OrdinalFile, type Ordinals } from "./file.ts";
import { readSnapshot, removeSnapshot, type Snapshot, writeSnapshot } from "./snapshot.ts";

/** Maximum events that are counted again after a crash. */
const SNAPSHOT_EVERY = 250_000;
const BYTES_OF_A_SEQUENCE = 8;

/**
 * The revisions of FLEET's events: their ordinals within their own stream and within the stream of their category. They
 * are in a file of eight bytes for each event, which is made from the log again if it is lost. Repeats have revisions
 * but no entries: earlier releases counted them, and the revisions of later events must not change.
 */
export class OrdinalIndex {
  readonly #snapshotPath: string;
  readonly #counts: Counts;
  readonly #categories: Map<string, number>;
  readonly #idSeed: Seed;
  readonly #ids: KnownIds;
  readonly #file: OrdinalFile;
  #seq: number;
  #id: string;
  #savedSeq: number;
  #isDamaged = false;

  /** @param generation see {@link KnownIds}; by default as in views, so that both leave out the same repeats */
  static async open(folder: string, log: Pick<EventLog, "read">, generation?: number): Promise<OrdinalIndex> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, "ordinals");
    const snapshotPath = join(folder, "counts");
    const found = readSnapshot(snapshotPath);
    const snapshot = found && sizeOf(path) >= found.seq * BYTES_OF_A_SEQUENCE ? found : undefined;
    const usable = snapshot !== undefined && (await isOf(log, snapshot)) ? snapshot : undefined;
    try {
      if (usable !== undefined) return new OrdinalIndex(path, snapshotPath, usable, generation);
    } catch (error) {
      if (!(error instanceof DamagedOrdinals) && !isLost(error)) throw error;
    }
    removeSnapshot(snapshotPath);
    return new OrdinalIndex(path, snapshotPath, undefined, generation);
  }

  private constructor(path: string, snapshotPath: string, snapshot: Snapshot | undefined, generation?: number) {
    this.#snapshotPath = snapshotPath;
    this.#counts = new Counts(snapshot);
    this.#categories = new Map(Object.entries(snapshot?.categories ?? {}));
    this.#idSeed = snapshot?.idSeed ?? newSeed();
    this.#ids = new KnownIds(generation, this.#idSeed);
    if (snapshot !== undefined) this.#ids.restore(snapshot.ids);
    this.#seq = snapshot?.seq ?? 0;
    this.#id = snapshot?.id ?? "";
    this.#savedSeq = this.#seq;
    this.#file = new OrdinalFile(path, this.#seq, snapshot?.sums);
  }

  /** The last sequence that was counted. */
  get seq(): number {
    return this.#seq;
  }

  /** Counts the next events. Returns entries of those that were not counted before and are not repeats. */
  add(events: readonly RecordedEvent[]): Entry[] {
    const entries: Entry[] = [];
    const written: (Ordinals & { readonly seq: number })[] = [];
    for (const event of events) {
      const { seq, subject, id } = event;
      if (seq <= this.#seq) continue;
      const place = placeOf(subject);
      this.#seq = seq;
      this.#id = id;
      if (place === undefined) continue;
      const revision = this.#counts.next(place.stream);
      const categoryRevision = this.#categories.get(place.category) ?? 0;
      this.#categories.set(place.category, categoryRevision + 1);
      const isRepeat = !this.#ids.add(id);
      if (!isRepeat) entries.push(new DecodedEntry(event, place, { revision, categoryRevision }));
      written.push({ seq, entity: revision, category: categoryRevision, isRepeat });
    }
    this.#file.append(written);
    if (this.#seq - this.#savedSeq >= SNAPSHOT_EVERY && !this.#isDamaged) this.#save();
    return entries;
  }

  /** The entry of an event that was counted, even of a repeat. Undefined if the subject is not one of Fleetlog. */
  entryOf(event: RecordedEvent): Entry | undefined {
    return decodedEntry(event, revisionsOf(this.#at(event.seq)));
  }

  /** Undefined for an entry that is not an event, and for a repeat. */
  storedEntryOf(stored: StoredEntry): Entry | undefined {
    const ordinals = this.#at(stored.seq);
    if (ordinals.isRepeat) return undefined;
    const revisions = revisionsOf(ordinals);
    // Entries that are not events have zeros, because they were not counted. The first event of each category has
    // zeros, too.
    const isEvent = revisions.revision > 0 || revisions.categoryRevision > 0;
    return storedEntry(stored, "FLEET", revisions, isEvent);
  }

  close(): void {
    if (this.#seq > this.#savedSeq && !this.#isDamaged) this.#save();
    this.#file.close();
  }

  /** @throws DamagedOrdinals; the next start then counts the log again */
  #at(seq: number): Ordinals {
    try {
      return this.#file.at(seq);
    } catch (error) {
      this.#isDamaged = true;
      removeSnapshot(this.#snapshotPath);
      throw error;
    }
  }

  #save(): void {
    this.#file.sync();
    const { seed, table } = this.#counts;
    const categories = Object.fromEntries(this.#categories);
    const ids = { idSeed: this.#idSeed, ids: this.#ids.takeAll() };
    writeSnapshot(this.#snapshotPath, {
      seq: this.#seq,
      id: this.#id,
      seed,
      categories,
      table,
      ...ids,
      sums: this.#file.sums,
    });
    this.#savedSeq = this.#seq;
  }
}

function revisionsOf({ entity, category }: Ordinals): Revisions {
  return { revision: entity, categoryRevision: category };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

async function isOf(log: Pick<EventLog, "read">, { seq, id }: Snapshot): Promise<boolean> {
  for await (const event of log.read({ stream: "FLEET", fromSeq: seq, limit: 1 }))
    return event.seq === seq && event.id === id;
  return false;
}
