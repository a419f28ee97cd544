import { setImmediate as nextTurn } from "node:timers/promises";
import type { StreamName } from "@fleetlog/domain";
import type { Batch, EventLog, Subscription } from "@fleetlog/log";
import type { Committed, ViewStore } from "./store/store.ts";

export interface FollowerOptions {
  readonly log: EventLog;
  readonly stream: StreamName;
  readonly store: ViewStore;
  /** Events a batch, at most. */
  readonly maxBatch: number;
  /** While building: how many events go into one transaction. */
  readonly commitEvery: number;
  /** Called after each transaction. */
  readonly onCommit: (committed: Committed, pending: number) => void;
  /** A promise to wait for before the next batch; undefined when there is nothing to wait for. */
  readonly giveWay?: (() => Promise<void> | undefined) | undefined;
}

/** Brings a store up to date with its stream, from its checkpoint on. */
export class Follower {
  readonly store: ViewStore;
  readonly #options: FollowerOptions;
  #subscription: Subscription | undefined;
  #goal = 0;
  #bulk = true;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.store = options.store;
  }

  /** Rejects with what went wrong; resolves when it was stopped. */
  run(goal: number): Promise<void> {
    this.#goal = goal;
    this.#subscription = this.#options.log.subscribe({
      stream: this.#options.stream,
      from: this.store.meta.checkpoint + 1,
      categories: this.store.categories,
      maxBatch: this.#options.maxBatch,
      onBatch: (batch) => this.#take(batch),
    });
    return this.#subscription.ended;
  }

  /** From now on each batch is committed at once, because queries read the rows. */
  serve(): void {
    this.#bulk = false;
  }

  async stop(): Promise<void> {
    await this.#subscription?.stop();
  }

  async #take({ events, throughSeq, pending }: Batch): Promise<void> {
    const { store } = this;
    const { giveWay, commitEvery, onCommit } = this.#options;
    if (giveWay !== undefined) await giveWay();
    store.apply(events, throughSeq);
    const due = pending === 0 || throughSeq >= this.#goal || store.gathered >= commitEvery;
    if (due || !this.#bulk) onCommit(store.commit(), pending);
    // Queries, heartbeats and signals are handled between two batches, however many batches are waiting.
    if (pending > 0) await nextTurn();
  }
}
