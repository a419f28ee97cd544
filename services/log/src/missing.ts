import type { Logger } from "./logger.ts";

/** The most ranges that are kept. Later ones are neither counted nor logged. */
const KEPT = 100;

export interface SeqRange {
  readonly from: number;
  readonly to: number;
}

/** Sequences that could not be read, in a stream that should have no gaps. */
export interface Missing {
  /** How many sequences are missing. */
  readonly count: number;
  /** The missing sequences as ranges, lowest first; at most 100 ranges. */
  readonly ranges: readonly SeqRange[];
}

/**
 * Sequences that are missing in FLEET, as far as this process has read. Nothing is deleted from FLEET, so a missing
 * sequence was lost by a damaged store.
 */
export class MissingSeqs implements Missing {
  readonly #logger: Logger;
  #ranges: readonly SeqRange[] = [];
  #count = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get count(): number {
    return this.#count;
  }

  get ranges(): readonly SeqRange[] {
    return this.#ranges;
  }

  /** Records missing sequences and logs a warning, unless they are recorded already. */
  add(from: number, to: number): void {
    if (to < from || this.#ranges.length >= KEPT) return;
    if (this.#ranges.some((range) => range.from <= from && to <= range.to)) return;
    this.#count += to - from + 1;
    this.#ranges = [...this.#ranges, { from, to }].sort((a, b) => a.from - b.from);
    this.#logger.warn(
      { stream: "FLEET", from, to, missing: this.#count },
      "entries of the log are missing: the server's store is damaged; history and views lack them",
    );
  }
}
