import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";

export interface RotatingFileOptions {
  readonly maxBytes?: number;
  /** How many full files are kept in addition to the current one. */
  readonly kept?: number;
  /** Called when a line can't be written, such as on a full disk; not called again before a line was written. */
  readonly onWriteError?: (error: NodeJS.ErrnoException) => void;
}

/**
 * A log file of limited size: when it is full it becomes `<file>.1`, the earlier `<file>.1` becomes `<file>.2`, and the
 * last is deleted. Writes are synchronous, so nothing is buffered and a crash loses nothing. A line that can't be
 * written is dropped, because a full disk must not stop the launcher; the next successful write adds how many lines
 * were dropped.
 *
 * The package rotating-file-stream 3.2.10 was measured and is not used: a full disk stops it for good, even when there
 * is space again, and a SIGKILL lost all of the 1,000 lines that had just been written.
 */
export class RotatingFile {
  readonly #file: string;
  readonly #maxBytes: number;
  readonly #kept: number;
  readonly #onWriteError: (error: NodeJS.ErrnoException) => void;
  #handle: number | undefined;
  #bytes = 0;
  #lost = 0;

  constructor(file: string, { maxBytes = 8 * 1024 ** 2, kept = 2, onWriteError = () => {} }: RotatingFileOptions = {}) {
    this.#file = file;
    this.#maxBytes = maxBytes;
    this.#kept = kept;
    this.#onWriteError = onWriteError;
  }

  writeLine(line: string): void {
    const lost = this.#lost === 0 ? "" : `${this.#lost} lines could not be written\n`;
    const data = Buffer.from(`${lost}${line}\n`);
    try {
      let handle = this.#handle ?? this.#open();
      if (this.#bytes > 0 && this.#bytes + data.length > this.#maxBytes) handle = this.#rotate();
      this.#bytes += writeSync(handle, data);
      this.#lost = 0;
    } catch (error) {
      this.#lost += 1;
      if (this.#lost === 1) this.#onWriteError(error as NodeJS.ErrnoException);
    }
  }

  close(): void {
    if (this.#handle !== undefined) closeSync(this.#handle);
    this.#handle = undefined;
  }

  #open(): number {
    mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
    const handle = openSync(this.#file, "a", 0o600);
    this.#handle = handle;
    this.#bytes = fstatSync(handle).size;
    return handle;
  }

  #rotate(): number {
    this.close();
    const names = [this.#file, ...Array.from({ length: this.#kept }, (_, index) => `${this.#file}.${index + 1}`)];
    for (let index = names.length - 2; index >= 0; index--) {
      const [from, to] = [names[index], names[index + 1]];
      if (from === undefined || to === undefined) continue;
      rmSync(to, { force: true });
      try {
        renameSync(from, to);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      }
    }
    return this.#open();
  }
}
