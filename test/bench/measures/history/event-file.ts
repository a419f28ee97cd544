import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import type { RecordedEvent } from "@fleetlog/domain";

/** Events on disk, so that they can be read without the process that generates them. */
export class EventFile {
  readonly #path: string;
  readonly #file: number;
  /** Bytes of each batch. */
  readonly #lengths: number[] = [];

  constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, "w");
  }

  add(events: readonly RecordedEvent[]): void {
    this.#lengths.push(writeSync(this.#file, JSON.stringify(events)));
  }

  /**
   * The batches in the order in which they were added. Each is read when it is asked for: `readline` would read a
   * thousand batches ahead, and their memory would count as the history's. After the last batch the file is deleted.
   */
  async *read(): AsyncGenerator<readonly RecordedEvent[]> {
    closeSync(this.#file);
    await using file = await open(this.#path);
    let bytes = Buffer.alloc(0);
    for (const length of this.#lengths) {
      if (bytes.length < length) bytes = Buffer.alloc(length);
      await file.read(bytes, 0, length);
      yield JSON.parse(bytes.toString("utf8", 0, length)) as RecordedEvent[];
    }
    rmSync(this.#path);
  }
}
