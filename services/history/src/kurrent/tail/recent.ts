import type { Entry } from "../streams/entry.ts";

const MOST_ENTRIES = 4_096;
const MOST_BYTES = 8 * 1024 ** 2;
/** Maximum number of events that a call takes at a time, so that a slow client keeps few events in memory. */
const STEP = 64;
const STEP_BYTES = 64 * 1024;
/** Memory of an entry without its data, in bytes. */
const ENTRY_BYTES = 1_024;

interface Kept {
  readonly entry: Entry;
  readonly bytes: number;
}

/** The newest events: at most 4,096, and at most 8 MiB. */
export class Recent {
  #kept: Kept[] = [];
  /** Number of dropped events that are still in the array, which is cut from time to time. */
  #dropped = 0;
  #bytes = 0;
  /** All events after this sequence are in memory. */
  #after: number;

  constructor(after: number) {
    this.#after = after;
  }

  add(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const bytes = ENTRY_BYTES + sizeOf(entry.event.data);
      this.#kept.push({ entry, bytes });
      this.#bytes += bytes;
    }
    while (this.#kept.length - this.#dropped > MOST_ENTRIES || this.#bytes > MOST_BYTES) {
      const oldest = this.#kept[this.#dropped];
      if (oldest === undefined) break;
      this.#dropped++;
      this.#bytes -= oldest.bytes;
      this.#after = oldest.entry.seq;
    }
    if (this.#dropped < MOST_ENTRIES) return;
    this.#kept = this.#kept.slice(this.#dropped);
    this.#dropped = 0;
  }

  clear(through: number): void {
    this.#kept = [];
    this.#dropped = 0;
    this.#bytes = 0;
    this.#after = through;
  }

  /** The next few events after a sequence; undefined if some of them are gone. */
  after(seq: number): readonly Entry[] | undefined {
    if (seq < this.#after) return undefined;
    const next: Entry[] = [];
    let bytes = 0;
    for (let at = this.#indexAfter(seq); at < this.#kept.length && next.length < STEP; at++) {
      const kept = this.#kept[at];
      if (kept === undefined) break;
      bytes += kept.bytes;
      if (next.length > 0 && bytes > STEP_BYTES) break;
      next.push(kept.entry);
    }
    return next;
  }

  #indexAfter(seq: number): number {
    let low = this.#dropped;
    let high = this.#kept.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#kept[middle]?.entry.seq ?? 0) <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** About the size of a JSON value in memory. */
function sizeOf(value: unknown): number {
  if (typeof value === "string") return 2 * value.length;
  if (typeof value !== "object" || value === null) return 8;
  let bytes = 16;
  for (const [key, inner] of Object.entries(value)) bytes += 2 * key.length + sizeOf(inner);
  return bytes;
}
