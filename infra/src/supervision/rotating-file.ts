import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/**
 * A log file of bounded size: when it is full it becomes `<file>.1`, that becomes `.2`, and the last is dropped.
 * Writes are synchronous, so nothing waits in memory and a crash loses nothing.
 */
export class RotatingFile {
  readonly #file: string;
  readonly #maxBytes: number;
  readonly #kept: number;
  #handle: number;
  #bytes: number;

  constructor(file: string, { maxBytes = 8 * 1024 ** 2, kept = 2 } = {}) {
    this.#file = file;
    this.#maxBytes = maxBytes;
    this.#kept = kept;
    mkdirSync(dirname(file), { recursive: true });
    this.#handle = openSync(file, "a", 0o600);
    this.#bytes = fstatSync(this.#handle).size;
  }

  writeLine(line: string): void {
    const data = Buffer.from(`${line}\n`);
    if (this.#bytes > 0 && this.#bytes + data.length > this.#maxBytes) this.#rotate();
    this.#bytes += writeSync(this.#handle, data);
  }

  close(): void {
    closeSync(this.#handle);
  }

  #rotate(): void {
    closeSync(this.#handle);
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
    this.#handle = openSync(this.#file, "a", 0o600);
    this.#bytes = 0;
  }
}
