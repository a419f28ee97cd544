import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";

export interface RotatingFileOptions {
  readonly maxBytes?: number;
  readonly kept?: number;
  /** Called when a line can't be written, and again only after a line was written. */
  readonly onWriteError?: (error: NodeJS.ErrnoException) => void;
}

/**
 * A log file of limited size: a full `<file>` becomes `<file>.1`, `<file>.1` becomes `<file>.2`, and the last is
 * deleted.
 *
 * Writes are synchronous: a crash loses nothing. On a full disk lines are dropped, and counted in the next written
 * line.
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
