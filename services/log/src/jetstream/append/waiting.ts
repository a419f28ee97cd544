import { Queue } from "../../flow/queue.ts";
import type { PendingAppend } from "./pending.ts";

/** The appends of a stream that wait to be sent: `queue` has the next ones; those that failed are kept apart. */
export class Waiting {
  readonly queue = new Queue<PendingAppend>();
  #retries: PendingAppend[] = [];

  retryLater(appends: readonly PendingAppend[]): void {
    this.#retries.push(...appends.filter(({ settled }) => !settled));
  }

  remove(append: PendingAppend): void {
    this.#retries = this.#retries.filter((other) => other !== append);
    this.queue.putBack(this.queue.drain().filter((other) => other !== append));
  }

  takeFailFast(which: (append: PendingAppend) => boolean): readonly PendingAppend[] {
    const isTaken = (append: PendingAppend) => append.failFast && which(append);
    const queued = this.queue.drain();
    const taken = [...this.#retries, ...queued].filter(isTaken);
    this.#retries = this.#retries.filter((append) => !isTaken(append));
    this.queue.putBack(queued.filter((append) => !isTaken(append)));
    return taken;
  }

  takeAll(): readonly PendingAppend[] {
    return [...this.#retries.splice(0), ...this.queue.drain()];
  }

  /**
   * The retries that may be stored already, but that the server would not recognise as duplicates. These are the
   * retries that were first sent before `oldest` (milliseconds since 1970). All retries of a batch also count, because
   * the server refuses a batch with a duplicate.
   */
  uncertain(oldest: number): readonly PendingAppend[] {
    return this.#retries.filter(({ firstSentAt, inBatch }) => inBatch || firstSentAt < oldest);
  }

  keepRetries(keep: (append: PendingAppend) => boolean): void {
    this.#retries = this.#retries.filter(keep);
  }

  /** The retries are sent first, in the order of the calls that appended them. */
  queueRetries(): void {
    this.queue.putBack(this.#retries.splice(0).sort((a, b) => a.order - b.order));
  }
}
