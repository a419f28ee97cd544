import type { Logger } from "./logger.ts";

/** The maximum number of ranges: together they take about a megabyte. */
const KEPT = 10_000;
/**
 * The number of ranges that are logged one by one. After them, a warning is logged whenever the number of ranges has
 * doubled.
 */
const LOGGED = 100;

export interface SeqRange {
  readonly from: number;
  readonly to: number;
}

/** Unreadable sequences of a stream that should have no gaps. */
export interface Missing {
  readonly count: number;
  /** True if there are too many ranges, so that `count` is too low. */
  readonly isMore: boolean;
  /** At most 10,000 ranges that do not touch, the lowest first. */
  readonly ranges: readonly SeqRange[];
}

/** Missing sequences of FLEET. Nothing is deleted from FLEET: a damaged store has lost them. */
export class MissingSeqs implements Missing {
  readonly #logger: Logger;
  readonly #ranges: SeqRange[] = [];
  #count = 0;
  #isMore = false;
  #logAt = 1;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get count(): number {
    return this.#count;
  }

  get isMore(): boolean {
    return this.#isMore;
  }

  get ranges(): readonly SeqRange[] {
    return this.#ranges;
  }

  add(from: number, to: number): void {
    if (to < from) return;
    const at = this.#indexOfEnd(from - 1);
    let end = at;
    let merged: SeqRange = { from, to };
    let known = 0;
    for (let range = this.#ranges[end]; range !== undefined && range.from <= to + 1; range = this.#ranges[++end]) {
      merged = { from: Math.min(merged.from, range.from), to: Math.max(merged.to, range.to) };
      known += sizeOf(range);
    }
    if (sizeOf(merged) === known) return;
    if (end === at && this.#ranges.length >= KEPT) {
      if (!this.#isMore) this.#logger.warn({ stream: "FLEET", from, to, missing: this.#count }, TOO_MANY);
      this.#isMore = true;
      return;
    }
    this.#ranges.splice(at, end - at, merged);
    this.#count += sizeOf(merged) - known;
    if (this.#ranges.length < this.#logAt) return;
    this.#logAt = this.#ranges.length < LOGGED ? 1 : this.#ranges.length * 2;
    this.#logger.warn(
      { stream: "FLEET", from, to, missing: this.#count },
      "entries of the log are missing: the server's store is damaged; history and views lack them",
    );
  }

  #indexOfEnd(seq: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ranges[middle]?.to ?? 0) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const TOO_MANY = "entries of the log are missing in so many places that not all are counted";

function sizeOf({ from, to }: SeqRange): number {
  return to - from + 1;
}
