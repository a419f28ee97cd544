import { closeSync, fdatasyncSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";

/** Two numbers of four bytes for each sequence. */
const BYTES = 8;
/** This bit of the first number says that the event is a repeat. */
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

/** The file was changed by somebody else. */
export class DamagedOrdinals extends Error {}

/**
 * The ordinals of each sequence, in a file. The pages that were read last stay in memory, at most 4 MiB, and so does the last
 * page. The other pages have a checksum, since a page of zeros would be read as ordinals.
 */
export class OrdinalFile {
  readonly #fd: number;
  readonly #pages = new Map<number, Buffer>();
  /** Checksums of all pages but the last. */
  readonly #sums: number[];
  #last: Buffer;

  /**
   * @param through the sequence up to which the file was saved; later bytes are cut off
   * @param sums {@link sums} as it was when the file was saved
   * @throws DamagedOrdinals if the last page has changed since
   */
  constructor(path: string, through: number, sums: Uint32Array = new Uint32Array()) {
    this.#fd = openSync(path, through === 0 ? "w+" : "r+", 0o600);
    ftruncateSync(this.#fd, through * BYTES);
    const last = Math.floor(through / PAGE_ENTRIES);
    this.#sums = [...sums.slice(0, last)];
    this.#last = this.#bytesOf(last);
    if (through === 0 || (sums.length === last + 1 && crc32(this.#last) === sums[last])) return;
    this.close();
    throw new DamagedOrdinals(`${path} is damaged`);
  }

  /** Checksums of all pages. */
  get sums(): Uint32Array {
    return Uint32Array.from([...this.#sums, crc32(this.#last)]);
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
    this.#keep(bytes, (first - 1) * BYTES);
  }

  /** @throws DamagedOrdinals */
  at(seq: number): Ordinals {
    const page = Math.floor((seq - 1) / PAGE_ENTRIES);
    const bytes = page === this.#sums.length ? this.#last : (this.#pages.get(page) ?? this.#read(page));
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

  /** Copies what was written at `from` to the last page. A full page gets its checksum. */
  #keep(bytes: Buffer, from: number): void {
    for (let at = 0; at < bytes.length; ) {
      const page = Math.floor((from + at) / PAGE_BYTES);
      while (this.#sums.length < page) this.#end();
      const offset = (from + at) % PAGE_BYTES;
      at += bytes.copy(this.#last, offset, at, at + PAGE_BYTES - offset);
    }
    if ((from + bytes.length) % PAGE_BYTES === 0) this.#end();
  }

  #end(): void {
    this.#sums.push(crc32(this.#last));
    this.#last = Buffer.alloc(PAGE_BYTES);
  }

  #read(page: number): Buffer {
    const bytes = this.#bytesOf(page);
    if (page > this.#sums.length) return bytes;
    if (crc32(bytes) !== this.#sums[page]) throw new DamagedOrdinals(`page ${page} of the ordinals is damaged`);
    if (this.#pages.size >= MOST_PAGES) {
      const [oldest] = this.#pages.keys();
      if (oldest !== undefined) this.#pages.delete(oldest);
    }
    this.#pages.set(page, bytes);
    return bytes;
  }

  #bytesOf(page: number): Buffer {
    const bytes = Buffer.alloc(PAGE_BYTES);
    readSync(this.#fd, bytes, 0, PAGE_BYTES, page * PAGE_BYTES);
    return bytes;
  }
}
