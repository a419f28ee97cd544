import { createHash } from "node:crypto";
import { createReadStream, mkdirSync, rmSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { FleetError } from "@fleetlog/domain";
import { rewrittenHistory, UnchangedFiles } from "../store/unchanged.ts";

export interface ExportedFile {
  readonly events: number;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

interface Known {
  readonly path: string;
  readonly made: Promise<ExportedFile>;
  /** Absent until it is made. */
  written?: UnchangedFiles;
  readers: number;
  usedAt: number;
}

/** Number of files that are kept for further ranges of their downloads. */
const KEPT = 3;
const KEPT_MS = 600_000;

/** Files of exports in one folder, which is emptied at the start. Files are made one at a time. */
export class ExportFiles {
  readonly #directory: string;
  readonly #now: () => number;
  readonly #known = new Map<string, Known>();
  #last: Promise<unknown> = Promise.resolve();
  #files = 0;

  /** @param now milliseconds */
  constructor(directory: string, now: () => number = () => performance.now()) {
    this.#directory = directory;
    this.#now = now;
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
  }

  /**
   * The file of a key; it is made if it does not exist. Call `release` after the last read of the file. A read ends with FleetError
   * `history-unavailable` if the file was changed since it was made.
   *
   * @param make writes the file, and returns the number of its events
   */
  open(key: string, make: (path: string) => Promise<number>) {
    const known = this.#known.get(key) ?? this.#begin(key, make);
    known.readers += 1;
    return {
      made: known.made,
      read: (start: number) => this.#read(key, known, start),
      release: () => {
        known.readers -= 1;
        known.usedAt = this.#now();
        void this.#dropOld();
      },
    };
  }

  #begin(key: string, make: (path: string) => Promise<number>): Known {
    const path = join(this.#directory, `${++this.#files}.parquet`);
    const made = this.#last.then(() => this.#make(path, make));
    this.#last = made.catch(() => {});
    const known: Known = { path, made, readers: 0, usedAt: this.#now() };
    this.#known.set(key, known);
    made.then(
      () => {
        known.written = new UnchangedFiles([path]);
      },
      () => this.#known.delete(key),
    );
    return known;
  }

  async *#read(key: string, known: Known, start: number): AsyncGenerator<Buffer> {
    this.#expectWhole(key, known);
    for await (const bytes of createReadStream(known.path, { start, highWaterMark: 192 * 1024 })) {
      this.#expectWhole(key, known);
      yield bytes as Buffer;
    }
    // A file that was cut ends early.
    this.#expectWhole(key, known);
  }

  /** A file that was changed is made again by the next request. */
  #expectWhole(key: string, known: Known): void {
    if (known.written?.areUnchanged !== false) return;
    if (this.#known.get(key) === known) this.#known.delete(key);
    void rm(known.path, { force: true });
    throw rewrittenHistory();
  }

  async #make(path: string, make: (path: string) => Promise<number>): Promise<ExportedFile> {
    const next = `${path}.next`;
    try {
      const events = await make(next);
      const hash = createHash("sha256");
      let bytes = 0;
      for await (const chunk of createReadStream(next)) {
        hash.update(chunk as Buffer);
        bytes += (chunk as Buffer).length;
      }
      await rename(next, path);
      return { events, bytes, sha256: hash.digest("hex") };
    } catch (error) {
      await rm(next, { force: true });
      if (!/no space left/i.test((error as Error).message)) throw error;
      throw new FleetError("history-unavailable", "the historian's disk has no space for the file", { cause: error });
    }
  }

  async #dropOld(): Promise<void> {
    const unused = [...this.#known].filter(([, { readers }]) => readers === 0);
    unused.sort(([, a], [, b]) => b.usedAt - a.usedAt);
    for (const [i, [key, known]] of unused.entries()) {
      if (i < KEPT && this.#now() - known.usedAt < KEPT_MS) continue;
      // While a file before this one was deleted, this one may have been requested, or deleted and made again.
      if (known.readers > 0 || this.#known.get(key) !== known) continue;
      this.#known.delete(key);
      await rm(known.path, { force: true });
    }
  }
}
