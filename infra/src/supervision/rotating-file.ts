import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";

export interface RotatingFileOptions {
  readonly maxBytes?: number;
  /** How many full files are kept beside the one that is written. */
  readonly kept?: number;
  /** Told when lines begin to be lost, such as on a disk that is full; not again until one was written. */
  readonly onTrouble?: (error: NodeJS.ErrnoException) => void;
}

/**
 * A log file of bounded size: when it is full it becomes `<file>.1`, that becomes `.2`, and the last is dropped.
 * Writes are synchronous, so nothing waits in memory and a crash loses nothing. A line that can't be written is lost, and
 * the next one that can says how many were: what is logged must not bring down what logs it.
 */
export class RotatingFile {
  readonly #file: string;
  readonly #maxBytes: number;
  readonly #kept: number;
  readonly #onTrouble: (error: NodeJS.ErrnoException) => void;
  #handle: number | undefined;
  #bytes = 0;
  #lost = 0;

  /** @throws Error of the file system when it can't be opened now */
  constructor(file: string, { maxBytes = 8 * 1024 ** 2, kept = 2, onTrouble = () => {} }: RotatingFileOptions = {}) {
    this.#file = file;
    this.#maxBytes = maxBytes;
    this.#kept = kept;
    this.#onTrouble = onTrouble;
    mkdirSync(dirname(file), { recursive: true });
    this.#open();
  }

  writeLine(line: string): void {
    const lost = this.#lost === 0 ? "" : `${this.#lost} lines could not be written\n`;
    const data = Buffer.from(`${lost}${line}\n`);
    try {
      if (this.#bytes > 0 && this.#bytes + data.length > this.#maxBytes) this.#rotate();
      this.#bytes += writeSync(this.#handle ?? this.#open(), data);
      this.#lost = 0;
    } catch (error) {
      this.#lost += 1;
      if (this.#lost === 1) this.#onTrouble(error as NodeJS.ErrnoException);
    }
  }

  close(): void {
    if (this.#handle !== undefined) closeSync(this.#handle);
    this.#handle = undefined;
  }

  #open(): number {
    const handle = openSync(this.#file, "a", 0o600);
    this.#handle = handle;
    this.#bytes = fstatSync(handle).size;
    return handle;
  }

  #rotate(): void {
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
    this.#open();
  }
}
