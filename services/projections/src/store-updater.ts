import { setImmediate as nextTurn } from "node:timers/promises";
import type { StreamName } from "@fleetlog/domain";
import type { EventLog, LazyBatch, Logger, Subscription } from "@fleetlog/log";
import { Progress } from "./progress.ts";
import type { Committed, ViewStore } from "./store/store.ts";

/** A build commits at least this often, because a crash loses the work since the last commit. */
const COMMIT_AFTER_MS = 30_000;

export interface StoreUpdaterOptions {
  readonly log: EventLog;
  readonly stream: StreamName;
  readonly logger: Logger;
  readonly store: ViewStore;
  readonly maxBatch: number;
  readonly beforeBatch?: (() => Promise<void> | undefined) | undefined;
  /** The stream's newest sequence at the start. At this sequence the store has caught up. */
  readonly goal: number;
  readonly commitEvery: number;
  /** Called each time the store has caught up, until the call returns true. From then on the store serves queries. */
  readonly onCaughtUp: () => boolean;
  readonly onServingCommit: (committed: Committed, pending: number) => void;
}

export class StoreUpdater {
  readonly store: ViewStore;
  readonly #options: StoreUpdaterOptions;
  readonly #progress: Progress;
  readonly #from: number;
  #subscription: Subscription | undefined;
  #serves = false;
  #committedAt = performance.now();
  #stopped = false;
  #catchingUp: Promise<void> = Promise.resolve();

  constructor(options: StoreUpdaterOptions) {
    const { stream, store, logger, goal } = options;
    this.#options = options;
    this.store = store;
    this.#from = store.meta.checkpoint;
    this.#progress = new Progress(logger, stream, this.#from, goal);
  }

  get processed(): number {
    return this.store.meta.checkpoint - this.#from;
  }

  /** Resolves after {@link stop}; rejects if the log or the store fails. */
  async run(): Promise<void> {
    const { log, stream, maxBatch, goal } = this.#options;
    if (this.#from >= goal) await this.#tryToServe();
    if (this.#stopped) return;
    this.#subscription = log.subscribeLazily({
      stream,
      from: this.#from + 1,
      categories: this.store.categories,
      maxBatch,
      onBatch: (batch) => this.#apply(batch),
    });
    await this.#subscription.ended;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#subscription?.stop();
    await this.#catchingUp.catch(() => {});
  }

  async #apply({ events, throughSeq, pending }: LazyBatch): Promise<void> {
    const { store } = this;
    const { beforeBatch, commitEvery, goal } = this.#options;
    if (beforeBatch !== undefined) await beforeBatch();
    store.apply(events, throughSeq);
    const hasCaughtUp = pending === 0 || throughSeq >= goal;
    const isDue = store.uncommitted >= commitEvery || performance.now() - this.#committedAt >= COMMIT_AFTER_MS;
    if (!this.#serves) this.#progress.at(throughSeq);
    // Queries read the serving store: commit each batch at once.
    if (hasCaughtUp || isDue || this.#serves) await this.#committed(store.commit(), pending);
    // Queries, heartbeats and signals run between batches.
    if (pending > 0) await nextTurn();
  }

  async #committed(committed: Committed, pending: number): Promise<void> {
    this.#committedAt = performance.now();
    if (this.#serves) {
      this.#options.onServingCommit(committed, pending);
      return;
    }
    if (committed.seq >= this.#options.goal || pending === 0) await this.#tryToServe();
  }

  #tryToServe(): Promise<void> {
    this.#catchingUp = this.#createIndexes().then(() => {
      if (this.#stopped) return;
      this.#serves = this.#options.onCaughtUp();
      if (this.#serves) this.#progress.done(this.store.meta.checkpoint);
    });
    return this.#catchingUp;
  }

  /** Yields between indexes, so that heartbeats and signals run. After a crash it creates only the missing indexes. */
  async #createIndexes(): Promise<void> {
    const missing = this.store.missingIndexes();
    for (const [i, name] of missing.entries()) {
      if (this.#stopped) return;
      this.#progress.creating(name, i + 1, missing.length);
      this.store.createIndex(name);
      await nextTurn();
    }
  }
}
