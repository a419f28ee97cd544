import type { Folder } from "./folder.ts";
import type { GrowingTail, TailStart } from "./growing-tail.ts";
import { Tail } from "./tail.ts";
import { ThreadOfTails, type ThreadOptions } from "./thread/thread-of-tails.ts";

/**
 * The newest tail (see {@link GrowingTail}), and the tails that have become segments, whose tables statements may still
 * read.
 */
export class NewestTails {
  readonly #options: ThreadOptions;
  readonly #thread: ThreadOfTails;
  #newest: GrowingTail;
  #following = 0;
  readonly #dropped: GrowingTail[] = [];

  private constructor(options: ThreadOptions, thread: ThreadOfTails, newest: GrowingTail) {
    this.#options = options;
    this.#thread = thread;
    this.#newest = newest;
  }

  /** @param folder of the segments' files */
  static async open(options: ThreadOptions, folder: Folder, start: TailStart): Promise<NewestTails> {
    const tail = await Tail.open(options.duck, options.projections, start);
    return new NewestTails(options, new ThreadOfTails(options, folder), tail);
  }

  get newest(): GrowingTail {
    return this.#newest;
  }

  /**
   * If many events follow, the next tails are made in a thread. If the newest tail has no rows, one in the thread replaces it.
   *
   * @param following number of events that are known to follow
   * @returns whether another tail has become the newest one
   */
  async follow(following: number): Promise<boolean> {
    this.#following = following;
    const tail = this.#newest;
    if (tail.size > 0 || tail.readable === undefined || !this.#thread.isFor(following)) return false;
    this.drop(tail);
    await this.#begin(tail);
    return true;
  }

  /** Begins a tail. Returns the tail that was the newest until now. @param seq of the newest event */
  async next(seq: number): Promise<GrowingTail> {
    const tail = this.#newest;
    await this.#begin({ after: seq, firstVersion: tail.nextVersion });
    return tail;
  }

  /** Frees the tail's memory with the next {@link unread}. */
  drop(tail: GrowingTail): void {
    this.#dropped.push(tail);
  }

  /** Call when no statement reads a tail. */
  async unread(): Promise<void> {
    for (const tail of this.#dropped.splice(0)) await tail.drop();
  }

  /** Call when no segment is being written. Ends the thread if the newest tail is not in it. */
  async written(): Promise<void> {
    if (this.#newest.readable !== undefined) await this.#thread.end();
  }

  /** Call when no segment is being written. */
  async close(): Promise<void> {
    await this.#thread.end();
  }

  async #begin({ after, firstVersion }: TailStart): Promise<void> {
    const start = { after, firstVersion };
    const { duck, projections } = this.#options;
    this.#newest = (await this.#thread.next(start, this.#following)) ?? (await Tail.open(duck, projections, start));
  }
}
