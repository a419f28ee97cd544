import { setImmediate as nextTurn } from "node:timers/promises";
import type { Batch, EventLog, Subscription } from "@fleetlog/log";
import type { Committed, ViewStore } from "./store/store.ts";

export interface FollowerOptions {
  readonly log: EventLog;
  readonly store: ViewStore;
  /** While building: how many events go into one transaction. */
  readonly commitEvery: number;
  /** Called after each transaction. */
  readonly onCommit: (committed: Committed, pending: number) => void;
}

const MAX_BATCH = 2_048;

/** Brings a store up to date with FLEET, from its checkpoint on. */
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
      stream: "FLEET",
      from: this.store.meta.checkpoint + 1,
      categories: this.store.categories,
      maxBatch: MAX_BATCH,
      onBatch: (batch) => this.#take(batch),
    });
    return this.#subscription.ended;
  }

  /** From now on every batch is committed at once: somebody reads the rows. */
  serve(): void {
    this.#bulk = false;
  }

  async stop(): Promise<void> {
    await this.#subscription?.stop();
  }

  async #take({ events, throughSeq, pending }: Batch): Promise<void> {
    const { store } = this;
    store.apply(events, throughSeq);
    const due = pending === 0 || throughSeq >= this.#goal || store.gathered >= this.#options.commitEvery;
    if (due || !this.#bulk) this.#options.onCommit(store.commit(), pending);
    // Queries, heartbeats and signals get their turn between two batches, however many are waiting.
    if (pending > 0) await nextTurn();
  }
}
