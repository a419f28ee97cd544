import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { DuckSession } from "../store/duck.ts";
import type { Manifest } from "../store/manifest.ts";
import type { StoredHistory } from "../store/stored-history.ts";
import { quotedText } from "../store/tables.ts";
import { UnchangedFiles } from "../store/unchanged.ts";

export interface Snapshot {
  readonly manifest: Manifest;
  readonly seq: number;
  /** Files of the rows after the last segment, by table. */
  readonly tail: Readonly<Record<string, readonly string[]>>;
  /** Call after these files were read. @throws FleetError `history-unavailable` if one was changed since it was written */
  expectWhole(): void;
  /** The files may be deleted after this. */
  release(): void;
}

/** A file of rows of one table. */
interface Slice {
  readonly table: string;
  readonly path: string;
  readonly written: UnchangedFiles;
}

/** Slices of one tail. */
interface Generation {
  /** The last sequence in segments: the slices begin after it. */
  readonly from: number;
  readonly slices: Slice[];
  /** The slices have the rows up to this sequence. */
  upTo: number;
  /** How often rows were added to the slices. */
  cuts: number;
  users: number;
  isCurrent: boolean;
}

/** Maximum of `cuts`. After it, all rows of the tail are written again in one file a table, to limit the number of files. */
const MOST_CUTS = 12;

/** The newest rows of a store, which are in the historian's memory, as files that another process reads. */
export class TailFiles {
  readonly #store: StoredHistory;
  readonly #session: DuckSession;
  readonly #directory: string;
  readonly #tables: readonly string[];
  #current: Generation | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #files = 0;

  /** @param directory exclusive to this object; the constructor empties it */
  constructor(store: StoredHistory, session: DuckSession, directory: string, tables: readonly string[]) {
    this.#store = store;
    this.#session = session;
    this.#directory = directory;
    this.#tables = tables;
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
  }

  /** Everything that the store has now. */
  take(): Promise<Snapshot> {
    const taken = this.#last.then(() => this.#store.reading(() => this.#take()));
    this.#last = taken.catch(() => {});
    return taken;
  }

  async #take(): Promise<Snapshot> {
    const { manifest, seq } = this.#store;
    const tables = this.#tables.map((table) => ({ table, from: this.#store.tailTable(table) }));
    const last = manifest.segments.at(-1)?.lastSeq ?? 0;
    const current = this.#generation(last);
    if (seq > current.upTo) {
      const written: Slice[] = [];
      try {
        for (const { table, from } of tables) {
          if (from !== undefined) written.push(...(await this.#write(current, table, from, seq)));
        }
      } catch (error) {
        // The next call writes these rows again.
        remove(written);
        throw error;
      }
      current.slices.push(...written);
      current.upTo = seq;
      current.cuts++;
    }
    const tail: Record<string, string[]> = {};
    const slices = [...current.slices];
    for (const { table, path } of slices) tail[table] = [...(tail[table] ?? []), path];
    current.users++;
    const expectWhole = () => {
      for (const { written } of slices) written.expectUnchanged();
    };
    return { manifest, seq, tail, expectWhole, release: () => this.#release(current) };
  }

  /** The slices of the tail after the last segment; new ones if the tail is new, in too many files, or a file was changed. */
  #generation(from: number): Generation {
    const current = this.#current;
    const isWhole = current?.slices.every(({ written }) => written.areUnchanged);
    if (isWhole && current?.from === from && current.cuts < MOST_CUTS) return current;
    if (current !== undefined) {
      current.isCurrent = false;
      this.#deleteUnused(current);
    }
    this.#current = { from, slices: [], upTo: from, cuts: 0, users: 0, isCurrent: true };
    return this.#current;
  }

  async #write(generation: Generation, table: string, from: string, upTo: number): Promise<Slice[]> {
    const path = join(this.#directory, `tail-${++this.#files}-${table}.parquet`);
    const rows = `SELECT * FROM ${from} WHERE seq > ${generation.upTo} AND seq <= ${upTo}`;
    const [copied] = await this.#session.all<{ Count: number }>(
      `COPY (${rows}) TO ${quotedText(path)} (FORMAT parquet)`,
    );
    if (copied?.Count !== 0) return [{ table, path, written: new UnchangedFiles([path]) }];
    rmSync(path);
    return [];
  }

  #release(generation: Generation): void {
    generation.users--;
    this.#deleteUnused(generation);
  }

  #deleteUnused({ isCurrent, users, slices }: Generation): void {
    if (!isCurrent && users === 0) remove(slices);
  }
}

function remove(slices: readonly Slice[]): void {
  for (const { path } of slices) rmSync(path, { force: true });
}
