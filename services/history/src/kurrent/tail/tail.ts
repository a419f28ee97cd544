import type { RecordedEvent, StreamName } from "@fleetlog/domain";
import type { Batch, EventLog, Subscription } from "@fleetlog/log";
import type { Entry } from "../streams/entry.ts";
import { Recent } from "./recent.ts";

export interface TailOptions {
  readonly log: Pick<EventLog, "subscribe">;
  readonly stream: StreamName;
  /** The last sequence that is known. */
  readonly after: number;
  /** Makes entries of new events. */
  readonly enter: (events: readonly RecordedEvent[]) => readonly Entry[] | Promise<readonly Entry[]>;
}

/**
 * Follows one stream of the log for all calls. The newest events stay in memory while somebody waits for them, so that
 * a thousand subscriptions read the log once.
 */
export class Tail {
  readonly #recent: Recent;
  readonly #enter: TailOptions["enter"];
  readonly #waiting = new Set<() => void>();
  readonly #subscription: Subscription;
  #seq: number;
  #current = false;
  #users = 0;

  constructor({ log, stream, after, enter }: TailOptions) {
    this.#seq = after;
    this.#recent = new Recent(after);
    this.#enter = enter;
    this.#subscription = log.subscribe({ stream, from: after + 1, onBatch: (batch) => this.#add(batch) });
    this.#subscription.started.catch(() => undefined);
  }

  /** Rejects if the tail can't go on. */
  get ended(): Promise<void> {
    return this.#subscription.ended;
  }

  /** Every event up to here was seen. */
  get seq(): number {
    return this.#seq;
  }

  /** Whether the newest received events were the last of the stream. */
  get current(): boolean {
    return this.#current;
  }

  get users(): number {
    return this.#users;
  }

  /** The next few events after a sequence; undefined if memory does not have all of them any more. */
  after(seq: number): readonly Entry[] | undefined {
    return this.#recent.after(seq);
  }

  /** Keeps new events in memory until the function that it returns is called. */
  use(): () => void {
    this.#users++;
    let used = true;
    return () => {
      if (!used) return;
      used = false;
      this.#users--;
      if (this.#users === 0) this.#recent.clear(this.#seq);
    };
  }

  markCurrent(): void {
    this.#current = true;
    this.#wake();
  }

  /** Resolves when there may be events after this sequence, or when the signal is aborted. */
  wait(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  async stop(): Promise<void> {
    await this.#subscription.stop();
  }

  async #add({ events, throughSeq, pending }: Batch): Promise<void> {
    const entries = await this.#enter(events);
    if (this.#users > 0) this.#recent.add(entries);
    else this.#recent.clear(throughSeq);
    this.#seq = Math.max(this.#seq, throughSeq);
    this.#current = pending === 0;
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
