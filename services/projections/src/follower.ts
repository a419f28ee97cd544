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
  /** Events a transaction, until {@link serve} is called. */
  readonly commitEvery: number;
  /** Called after each transaction. */
  readonly onCommit: (committed: Committed, pending: number) => void;
  /** Called before each batch, which waits for the returned promise. Undefined: go on at once. */
  readonly beforeBatch?: (() => Promise<void> | undefined) | undefined;
}

/** Applies a stream's events to a store, from its checkpoint on, and commits them. */
export class Follower {
  readonly store: ViewStore;
  readonly #options: FollowerOptions;
  #subscription: Subscription | undefined;
  #goal = 0;
  #building = true;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.store = options.store;
  }

  /** Resolves after {@link stop}; rejects if the log or the store fails. At `goal` it commits without waiting for more events. */
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
    this.#building = false;
  }

  async stop(): Promise<void> {
    await this.#subscription?.stop();
  }

  async #take({ events, throughSeq, pending }: Batch): Promise<void> {
    const { store } = this;
    const { beforeBatch, commitEvery, onCommit } = this.#options;
    if (beforeBatch !== undefined) await beforeBatch();
    store.apply(events, throughSeq);
    const due = pending === 0 || throughSeq >= this.#goal || store.uncommitted >= commitEvery;
    if (due || !this.#building) onCommit(store.commit(), pending);
    // Queries, heartbeats and signals are handled between two batches, however many batches are waiting.
    if (pending > 0) await nextTurn();
  }
}
