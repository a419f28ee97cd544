import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { syncFolder } from "../files/durable.ts";
import { type Logger, silent } from "../logger.ts";
import { fromLines, toLine } from "./journal-line.ts";
import type { Journal, Operation } from "./operation.ts";

export interface FileJournalOptions {
  /** The journal is rewritten at this size, or at twice its last size if that is larger. */
  readonly compactAtBytes: number;
  /** Whether every change is synced (fsync). A synced change survives a power cut, but syncing wears flash memory. */
  readonly sync: boolean;
  readonly logger?: Logger;
}

const RETRY_MS = 1_000;

/**
 * Appends one line for each operation. A line survives `kill -9`. On a full or broken disk, operations take effect in
 * memory. The whole state is written later, at most once a second: it may be megabytes, and flash memory wears.
 */
export class FileJournal implements Journal {
  readonly #path: string;
  readonly #options: FileJournalOptions;
  readonly #logger: Logger;
  #file: number;
  #bytes: number;
  #compactAt: number;
  #incomplete = false;
  #retryAt = 0;

  private constructor(path: string, options: FileJournalOptions, bytes: number, incomplete: boolean) {
    this.#path = path;
    this.#options = options;
    this.#logger = options.logger ?? silent;
    this.#file = openSync(path, "a", 0o600);
    if (options.sync) syncFolder(dirname(path));
    this.#bytes = bytes;
    this.#compactAt = options.compactAtBytes;
    this.#incomplete = incomplete;
  }

  static open(path: string, options: FileJournalOptions): { journal: FileJournal; history: Operation[] } {
    const text = readIfThere(path);
    const { operations, damaged } = fromLines(text);
    if (damaged > 0) options.logger?.warn({ path, damaged }, "lines of the store's journal could not be read");
    // A line appended to a torn line would be lost, so the first write rewrites the file.
    const torn = damaged > 0 || (text !== "" && !text.endsWith("\n"));
    return { journal: new FileJournal(path, options, Buffer.byteLength(text), torn), history: operations };
  }

  write(operation: Operation, snapshot: () => Iterable<Operation>): void {
    if (this.#incomplete && performance.now() < this.#retryAt) return;
    try {
      if (this.#incomplete || this.#bytes > this.#compactAt) this.#rewrite(snapshot());
      this.#append(toLine(operation));
    } catch (error) {
      if (!this.#incomplete) this.#logger.error({ path: this.#path, err: error }, "the store can't write its journal");
      this.#incomplete = true;
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
      // Without this, a power cut after the rename could leave an empty file.
      fsyncSync(file);
      renameSync(temporary, this.#path);
    } catch (error) {
      closeSync(file);
      // On a full disk, the space of this file is needed.
      rmSync(temporary, { force: true });
      throw error;
    }
    closeSync(this.#file);
    this.#file = openSync(this.#path, "a", 0o600);
    closeSync(file);
    if (this.#options.sync) syncFolder(dirname(this.#path));
    this.#bytes = bytes;
    this.#compactAt = Math.max(this.#options.compactAtBytes, 2 * bytes);
    if (this.#incomplete) this.#logger.info({ path: this.#path }, "the store's journal is complete again");
    this.#incomplete = false;
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

/** A write() may write only a part. */
function writeAll(file: number, text: string): number {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written);
  return written;
}
