import { closeSync, fdatasyncSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";

/** Two numbers of four bytes for each sequence. */
const BYTES = 8;
/** Of the first number: the event is a repeat. */
const REPEAT = 2 ** 31;
const PAGE_ENTRIES = 1_024;
const PAGE_BYTES = PAGE_ENTRIES * BYTES;
const MOST_PAGES = 512;

export interface Ordinals {
  readonly entity: number;
  readonly category: number;
  /** Whether an earlier event has the same id. */
  readonly isRepeat: boolean;
}

/** The ordinals of each sequence, in a file. The pages that were read last stay in memory, at most 4 MiB. */
export class OrdinalFile {
  readonly #fd: number;
  readonly #pages = new Map<number, Buffer>();
  #through: number;

  /** @param through the last sequence that the file has; what follows is cut off */
  constructor(path: string, through: number) {
    this.#fd = openSync(path, through === 0 ? "w+" : "r+", 0o600);
    ftruncateSync(this.#fd, through * BYTES);
    this.#through = through;
  }

  /** The entries are in the order of sequences. A sequence that is left out has no event. */
  append(entries: readonly (Ordinals & { readonly seq: number })[]): void {
    const first = entries[0]?.seq;
    const last = entries.at(-1)?.seq;
    if (first === undefined || last === undefined) return;
    const bytes = Buffer.alloc((last - first + 1) * BYTES);
    for (const { seq, entity, category, isRepeat } of entries) {
      const at = (seq - first) * BYTES;
      bytes.writeUInt32LE(isRepeat ? entity + REPEAT : entity, at);
      bytes.writeUInt32LE(category, at + 4);
    }
    writeSync(this.#fd, bytes, 0, bytes.length, (first - 1) * BYTES);
    this.#through = last;
  }

  at(seq: number): Ordinals {
    const page = Math.floor((seq - 1) / PAGE_ENTRIES);
    const bytes = this.#pages.get(page) ?? this.#read(page);
    const at = ((seq - 1) % PAGE_ENTRIES) * BYTES;
    const first = bytes.readUInt32LE(at);
    const isRepeat = first >= REPEAT;
    return { entity: isRepeat ? first - REPEAT : first, category: bytes.readUInt32LE(at + 4), isRepeat };
  }

  sync(): void {
    fdatasyncSync(this.#fd);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #read(page: number): Buffer {
    const bytes = Buffer.alloc(PAGE_BYTES);
    readSync(this.#fd, bytes, 0, PAGE_BYTES, page * PAGE_BYTES);
    if ((page + 1) * PAGE_ENTRIES > this.#through) return bytes;
    if (this.#pages.size >= MOST_PAGES) {
      const [oldest] = this.#pages.keys();
      if (oldest !== undefined) this.#pages.delete(oldest);
    }
    this.#pages.set(page, bytes);
    return bytes;
  }
}
