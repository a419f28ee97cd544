import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { type Logger, silent } from "../logger.ts";
import { fromLines, toLine } from "./journal-line.ts";
import type { Journal, Operation } from "./operation.ts";

export interface FileJournalOptions {
  /** Bytes after which the journal is written anew, unless what it would hold then is more than half of that. */
  readonly compactAtBytes: number;
  /** Wait for the disk at every change: survives a power cut, and costs a write of the flash memory each. */
  readonly sync: boolean;
  readonly logger?: Logger;
}

const RETRY_MS = 1_000;

/**
 * Appends one line for each operation. One write() each: what it has returned from survives `kill -9`. A torn last
 * line, or a damaged one, is left out when read, and everything else counts.
 *
 * A full or broken disk does not stop the device: the operation counts in memory, it is said in the log once, and soon
 * after the disk takes writes again the whole state is written anew. That is tried once a second at most: the state may
 * be megabytes, and flash memory wears.
 */
export class FileJournal implements Journal {
  readonly #path: string;
  readonly #options: FileJournalOptions;
  readonly #logger: Logger;
  #file: number;
  #bytes: number;
  #compactAt: number;
  /** Whether the file lacks something that memory has. */
  #behind = false;
  /** By a clock that only grows: before it, a file that is behind stays so. */
  #retryAt = 0;

  private constructor(path: string, options: FileJournalOptions, bytes: number, behind: boolean) {
    this.#path = path;
    this.#options = options;
    this.#logger = options.logger ?? silent;
    this.#file = openSync(path, "a", 0o600);
    this.#bytes = bytes;
    this.#compactAt = options.compactAtBytes;
    this.#behind = behind;
  }

  /** @throws if the file can't be read or opened for writing */
  static open(path: string, options: FileJournalOptions): { journal: FileJournal; history: Operation[] } {
    const text = readIfThere(path);
    const { operations, damaged } = fromLines(text);
    if (damaged > 0) options.logger?.warn({ path, damaged }, "lines of the store's journal could not be read");
    // What comes after a torn line must not become a part of it: the first write begins the file anew.
    const torn = damaged > 0 || (text !== "" && !text.endsWith("\n"));
    return { journal: new FileJournal(path, options, Buffer.byteLength(text), torn), history: operations };
  }

  write(operation: Operation, snapshot: () => Iterable<Operation>): void {
    if (this.#behind && performance.now() < this.#retryAt) return;
    try {
      // The snapshot is of the state before this operation, so the line follows it.
      if (this.#behind || this.#bytes > this.#compactAt) this.#rewrite(snapshot());
      this.#append(toLine(operation));
    } catch (error) {
      if (!this.#behind) this.#logger.error({ path: this.#path, err: error }, "the store can't write its journal");
      this.#behind = true;
      this.#retryAt = performance.now() + RETRY_MS;
    }
  }

  close(snapshot: () => Iterable<Operation>): void {
    try {
      this.#rewrite(snapshot());
    } catch (error) {
      this.#logger.error({ path: this.#path, err: error }, "the store can't write its journal");
    } finally {
      closeSync(this.#file);
    }
  }

  #append(line: string): void {
    this.#bytes += writeAll(this.#file, line);
    if (this.#options.sync) fsyncSync(this.#file);
  }

  #rewrite(operations: Iterable<Operation>): void {
    const temporary = `${this.#path}.new`;
    const file = openSync(temporary, "w", 0o600);
    let bytes = 0;
    try {
      let lines = "";
      for (const operation of operations) {
        lines += toLine(operation);
        if (lines.length < 65_536) continue;
        bytes += writeAll(file, lines);
        lines = "";
      }
      bytes += writeAll(file, lines);
      // Without it, a power cut after the rename could leave an empty file where a good one was.
      fsyncSync(file);
      renameSync(temporary, this.#path);
    } catch (error) {
      closeSync(file);
      // On a disk that is full it would hold what little room there is.
      rmSync(temporary, { force: true });
      throw error;
    }
    closeSync(this.#file);
    this.#file = openSync(this.#path, "a", 0o600);
    closeSync(file);
    if (this.#options.sync) syncFolder(dirname(this.#path));
    this.#bytes = bytes;
    this.#compactAt = Math.max(this.#options.compactAtBytes, 2 * bytes);
    if (this.#behind) this.#logger.info({ path: this.#path }, "the store's journal is whole again");
    this.#behind = false;
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

/** One write() may take less than it is given. */
function writeAll(file: number, text: string): number {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written);
  return written;
}

function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
