import type { GrowingTail } from "./growing-tail.ts";

/**
 * The fold's state is committed with the first segment that ends this many times `sealEvery` events, or 30 s, after the
 * last commit. A commit writes all rows that have changed. A restart repeats what was not committed.
 */
const COMMIT_EVERY = 4;
const COMMIT_AFTER_MS = 30_000;
/**
 * This long after the last commit, a state that is behind the segments is committed although no segment is full: the
 * next full segment may be hours away.
 */
const COMMIT_LATEST_MS = 60_000;

export interface PaceOptions {
  /** Number of events in a segment; default 250,000. */
  readonly sealEvery?: number | undefined;
  /**
   * Number of rows in a segment's tables, events included; default 800,000. A tail's memory depends on its rows: an event of
   * a large fleet has twice as many as one of a small fleet.
   */
  readonly sealRows?: number | undefined;
  /** Bytes of a segment's rows in memory; default 192 MiB. Devices decide how large events and rows are. */
  readonly sealBytes?: number | undefined;
}

/** When a tail becomes a segment, and when the fold's state is committed. */
export class Pace {
  readonly #sealEvery: number;
  readonly #sealRows: number;
  readonly #sealBytes: number;
  #committedAt = performance.now();

  constructor({ sealEvery = 250_000, sealRows = 800_000, sealBytes = 192 * 1024 ** 2 }: PaceOptions) {
    this.#sealEvery = sealEvery;
    this.#sealRows = sealRows;
    this.#sealBytes = sealBytes;
  }

  /** Whether a tail with this number of events becomes a segment. */
  isFull(events: number, { size, bytes }: Pick<GrowingTail, "size" | "bytes">): boolean {
    return events >= this.#sealEvery || size >= this.#sealRows || bytes >= this.#sealBytes;
  }

  /** @param events number of events in segments that the commit would add to the state */
  isCommitDue(events: number): boolean {
    return events >= COMMIT_EVERY * this.#sealEvery || this.#sinceCommit >= COMMIT_AFTER_MS;
  }

  get isCommitLate(): boolean {
    return this.#sinceCommit >= COMMIT_LATEST_MS;
  }

  committed(): void {
    this.#committedAt = performance.now();
  }

  get #sinceCommit(): number {
    return performance.now() - this.#committedAt;
  }
}
