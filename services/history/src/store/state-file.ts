import { statSync } from "node:fs";

/**
 * Notices when the file of the fold's state is gone, replaced by another one, or cut off. SQLite notices overwritten pages
 * when it reads them, but a row of a page that was cut off may be missing without an error. The file never becomes smaller
 * by itself.
 */
export class StateFile {
  readonly path: string;
  readonly #ino: number | undefined;
  #bytes = 0;

  /** @param path of an open file */
  constructor(path: string) {
    this.path = path;
    this.#ino = this.#stat()?.ino;
  }

  get isDamaged(): boolean {
    const found = this.#stat();
    if (found === undefined || found.ino !== this.#ino || found.size < this.#bytes) return true;
    this.#bytes = found.size;
    return false;
  }

  #stat() {
    return statSync(this.path, { throwIfNoEntry: false });
  }
}
