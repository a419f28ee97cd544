import type { StreamName } from "@fleetlog/domain";
import type { Fetched, Fetcher } from "./fetch.ts";
import type { Subject } from "./plan.ts";

/** JetStream reads forwards only: how far the first guess goes back, and how each next one goes further. */
const FIRST_SPAN = 1_024;
const GALLOP = 32;
const LONGEST_STRETCH = 65_536;
const BISECTIONS = 12;
const WINDOW = { maxEntries: 4_096, maxBytes: 8 * 1024 * 1024 } as const;

export interface BackwardsPage {
  /** Oldest first. */
  readonly entries: readonly Fetched[];
  /** Every entry from here up to the page's end is in it; 0 when there is none before. */
  readonly floor: number;
}

/**
 * Pages that end at a sequence: a place to begin is found by counting (gallop back, then bisect), and what lies
 * between is read forwards, of which the end is kept. Memory is bounded by the page and one window.
 */
export class BackwardsPages {
  readonly #fetcher: Fetcher;
  readonly #stream: StreamName;
  readonly #firstSeq: number;
  readonly #lastSeq: number;
  #stretch = 0;

  constructor(fetcher: Fetcher, stream: StreamName, firstSeq: number, lastSeq: number) {
    this.#fetcher = fetcher;
    this.#stream = stream;
    this.#firstSeq = firstSeq;
    this.#lastSeq = lastSeq;
  }

  /** The newest entries of the subject at or before a sequence: a page of them, or all from the page's floor on. */
  async before(subject: Subject, from: number, size: number): Promise<BackwardsPage> {
    const to = Math.min(from, subject.newest);
    const { filter } = subject;
    if (filter === undefined) return this.#sifted(subject, to, size);
    const near = Math.max(this.#firstSeq, to - Math.max(FIRST_SPAN, size * 8) + 1);
    const page = await this.#tail(subject, near, to, size);
    if (page.entries.length >= size || page.floor === 0) return page;
    return this.#tail(subject, await this.#start(filter, near, to, size, page.entries.length), to, size);
  }

  /** Without a filter of the server's there is nothing to search with: the stretches grow until they hold a page. */
  async #sifted(subject: Subject, to: number, size: number): Promise<BackwardsPage> {
    this.#stretch = Math.max(this.#stretch, size);
    const page = await this.#tail(subject, Math.max(this.#firstSeq, to - this.#stretch + 1), to, size);
    if (page.entries.length < size) this.#stretch = Math.min(this.#stretch * 4, LONGEST_STRETCH);
    return page;
  }

  /** A sequence with at least a page of entries from it up to `to`, and if possible not many more. */
  async #start(filter: string, near: number, to: number, size: number, found: number): Promise<number> {
    const past = to >= this.#lastSeq ? 0 : await this.#count(filter, to + 1);
    const enough = size * 2 + 16;
    let tooFew = near;
    let low = near;
    let there = found;
    for (let span = to - near + 1; there < size && low > this.#firstSeq; ) {
      // As dense as what was seen, and half as much again to be sure.
      span *= Math.min(Math.max((size / Math.max(there, 1)) * 1.5, 2), GALLOP);
      tooFew = low;
      low = Math.max(this.#firstSeq, Math.floor(to - span + 1));
      there = (await this.#count(filter, low)) - past;
    }
    for (let i = 0; i < BISECTIONS && there > enough && tooFew - low > 1; i++) {
      const middle = Math.floor((low + tooFew) / 2);
      const count = (await this.#count(filter, middle)) - past;
      if (count < size) tooFew = middle;
      else {
        low = middle;
        there = count;
      }
    }
    return low;
  }

  #count(filter: string, seq: number): Promise<number> {
    return this.#fetcher.count({ stream: this.#stream, filter, start: { seq } });
  }

  /** Reads from one sequence to another and keeps the last entries. */
  async #tail({ filter, wants }: Subject, from: number, to: number, size: number): Promise<BackwardsPage> {
    let kept: Fetched[] = [];
    let dropped = false;
    for (let seq = from; seq <= to; ) {
      const { entries, through } = await this.#fetcher.window({
        stream: this.#stream,
        filter,
        wants,
        start: { seq },
        upTo: to,
        ...WINDOW,
      });
      kept.push(...entries);
      dropped ||= kept.length > size;
      kept = kept.slice(-size);
      seq = through + 1;
    }
    const oldest = dropped ? (kept[0]?.place.seq ?? from) : from;
    return { entries: kept, floor: oldest <= this.#firstSeq ? 0 : oldest };
  }
}
