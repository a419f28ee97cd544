import type { StreamName } from "@fleetlog/domain";
import { sizeOf } from "../connection/frames.ts";
import type { FetchedEntry, Fetcher } from "./fetch.ts";
import type { BoundedFilter } from "./plan.ts";

/**
 * JetStream reads only forwards. So the first guess for the start of a page is this many sequences before the page's
 * end; further guesses go back by a growing factor.
 */
const FIRST_SPAN = 1_024;
const MAX_GROWTH = 32;
const MAX_UNFILTERED_SPAN = 65_536;
const BISECTIONS = 12;
const WINDOW = { maxEntries: 4_096, maxBytes: 2 * 1024 * 1024 } as const;
const PAGE_BYTES = 4 * 1024 * 1024;

export interface BackwardsPage {
  /** The oldest entry comes first. */
  readonly entries: readonly FetchedEntry[];
  /** The page has every matching entry from this sequence to the page's end; 0 if no match is earlier. */
  readonly floor: number;
}

/** The last entries of a range. `cut`: earlier entries were left out, because the page's bytes are limited. */
interface Tail extends BackwardsPage {
  readonly cut: boolean;
}

/** Pages that end at a given sequence. A page's start is found by counts: exponential search, then bisection. */
export class BackwardsPages {
  readonly #fetcher: Fetcher;
  readonly #stream: StreamName;
  readonly #firstSeq: number;
  readonly #lastSeq: number;
  readonly #hasReplicas: boolean;
  #span = 0;

  constructor(fetcher: Fetcher, stream: StreamName, firstSeq: number, lastSeq: number, hasReplicas = false) {
    this.#fetcher = fetcher;
    this.#stream = stream;
    this.#firstSeq = firstSeq;
    this.#lastSeq = lastSeq;
    this.#hasReplicas = hasReplicas;
  }

  /** The last matches up to a sequence: a full page, or all matches from the page's floor on. */
  async before(bounded: BoundedFilter, from: number, size: number): Promise<BackwardsPage> {
    const to = Math.min(from, bounded.lastSeq);
    const { filter } = bounded;
    if (filter === undefined) return this.#unfiltered(bounded, to, size);
    const near = Math.max(this.#firstSeq, to - Math.max(FIRST_SPAN, size * 8) + 1);
    const page = await this.#tail(bounded, near, to, size);
    if (page.entries.length >= size || page.cut || page.floor === 0) return page;
    return this.#tail(bounded, await this.#start(filter, near, to, size, page.entries.length), to, size);
  }

  /** Entries can't be counted without a server-side filter, so the span grows until it contains a page. */
  async #unfiltered(bounded: BoundedFilter, to: number, size: number): Promise<BackwardsPage> {
    this.#span = Math.max(this.#span, size);
    const page = await this.#tail(bounded, Math.max(this.#firstSeq, to - this.#span + 1), to, size);
    if (page.entries.length < size && !page.cut) this.#span = Math.min(this.#span * 4, MAX_UNFILTERED_SPAN);
    return page;
  }

  async #start(filter: string, near: number, to: number, size: number, found: number): Promise<number> {
    const past = to >= this.#lastSeq ? 0 : await this.#count(filter, to + 1);
    const enough = size * 2 + 16;
    let tooFew = near;
    let low = near;
    let count = found;
    for (let span = to - near + 1; count < size && low > this.#firstSeq; ) {
      span *= Math.min(Math.max((size / Math.max(count, 1)) * 1.5, 2), MAX_GROWTH);
      tooFew = low;
      low = Math.max(this.#firstSeq, Math.floor(to - span + 1));
      count = (await this.#count(filter, low)) - past;
    }
    for (let i = 0; i < BISECTIONS && count > enough && tooFew - low > 1; i++) {
      const middle = Math.floor((low + tooFew) / 2);
      const countFromMiddle = (await this.#count(filter, middle)) - past;
      if (countFromMiddle < size) tooFew = middle;
      else {
        low = middle;
        count = countFromMiddle;
      }
    }
    return low;
  }

  #count(filter: string, seq: number): Promise<number> {
    return this.#fetcher.count({ stream: this.#stream, filter, start: { seq } });
  }

  async #tail({ filter, matches, lastMatch }: BoundedFilter, from: number, to: number, size: number): Promise<Tail> {
    let kept: FetchedEntry[] = [];
    let dropped = false;
    let cut = false;
    for (let seq = from; seq <= to; ) {
      const { entries, through } = await this.#fetcher.window({
        stream: this.#stream,
        filter,
        matches,
        lastMatch,
        whole: filter === undefined && this.#hasReplicas,
        start: { seq },
        upTo: to,
        ...WINDOW,
      });
      kept.push(...entries);
      dropped ||= kept.length > size;
      kept = kept.slice(-size);
      const fits = lastWithin(kept, PAGE_BYTES);
      cut ||= fits.length < kept.length;
      kept = fits;
      seq = through + 1;
    }
    const oldest = dropped || cut ? (kept[0]?.info.seq ?? from) : from;
    return { entries: kept, floor: oldest <= this.#firstSeq ? 0 : oldest, cut };
  }
}

function lastWithin(entries: FetchedEntry[], maxBytes: number): FetchedEntry[] {
  let bytes = 0;
  const from = entries.findLastIndex(({ message }) => {
    bytes += sizeOf(message);
    return bytes > maxBytes;
  });
  return from === -1 ? entries : entries.slice(Math.min(from + 1, entries.length - 1));
}
