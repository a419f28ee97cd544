import { closeSync, createReadStream, openSync, rmSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import type { RecordedEvent } from "@fleetlog/domain";

/** Events on disk, so that they can be read without the process that generates them. */
export class EventFile {
  readonly #path: string;
  readonly #file: number;

  constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, "w");
  }

  add(events: readonly RecordedEvent[]): void {
    writeSync(this.#file, `${JSON.stringify(events)}\n`);
  }

  /** The batches as they were added. Then the file is deleted. */
  async *read(): AsyncGenerator<readonly RecordedEvent[]> {
    closeSync(this.#file);
    const lines = createInterface({ input: createReadStream(this.#path, { highWaterMark: 1_024 ** 2 }) });
    for await (const line of lines) yield JSON.parse(line) as RecordedEvent[];
    rmSync(this.#path);
  }
}
