import type { StreamName } from "@fleetlog/domain";
import type { Projection } from "@fleetlog/projections/folding";
import type { Duck } from "../duck.ts";
import type { Folder } from "../folder.ts";
import type { GrowingTail, TailStart } from "../growing-tail.ts";
import { areKnown } from "./known.ts";
import { SegmentThread } from "./segment-thread.ts";
import { TailInThread } from "./tail-in-thread.ts";

/**
 * The default of `threadFrom`. Statements can't read rows in a thread, so the last events of a log are not sent to one.
 * A short log is not, either, because a thread takes memory.
 */
const FROM = 250_000;

export interface ThreadOptions {
  readonly stream: StreamName;
  readonly projections: readonly Projection[];
  /** DuckDB of the process. The thread has another one, which gets half of this one's memory. */
  readonly duck: Duck;
  readonly sealEvery?: number | undefined;
  /** A thread makes the next segment if at least this many events follow, and not fewer than a segment has; default 250,000. */
  readonly threadFrom?: number | undefined;
}

/** Tails in a thread of their own, which runs only while it has a tail. */
export class ThreadOfTails {
  readonly #options: ThreadOptions;
  readonly #folder: Folder;
  readonly #from: number;
  #thread: SegmentThread | undefined;
  /** Bytes for the thread's DuckDB. */
  #lent: number | undefined;

  /** @param folder of the segments' files */
  constructor(options: ThreadOptions, folder: Folder) {
    const { projections, threadFrom = FROM, sealEvery = 0 } = options;
    this.#options = options;
    this.#folder = folder;
    this.#from = areKnown(projections) ? Math.max(threadFrom, sealEvery) : Number.POSITIVE_INFINITY;
  }

  /** @param following number of events that are known to follow */
  isFor(following: number): boolean {
    return following >= this.#from;
  }

  /** The next tail; undefined if its segment may take long to become full, or a thread would have too little memory. */
  async next(start: TailStart, following: number): Promise<GrowingTail | undefined> {
    if (!this.isFor(following)) return undefined;
    const { stream, projections, duck } = this.#options;
    this.#lent ??= await duck.lend();
    if (this.#lent === undefined) return undefined;
    const { path: directory } = this.#folder;
    const spill = `${duck.options.spill}-${stream}`;
    this.#thread ??= new SegmentThread(
      {
        directory,
        stream,
        projections: projections.map(({ name }) => name),
        // One thread writes a segment in less time than the fold needs for the next, and in less memory.
        duck: { ...duck.options, memory: this.#lent, spill, threads: 1 },
      },
      this.#folder,
    );
    return new TailInThread(this.#thread, projections, start);
  }

  /** Call when no segment is being written, and no further rows are added to its tails. */
  async end(): Promise<void> {
    const [thread, lent] = [this.#thread, this.#lent];
    this.#thread = undefined;
    this.#lent = undefined;
    await thread?.end();
    if (lent !== undefined) await this.#options.duck.takeBack(lent);
  }
}
