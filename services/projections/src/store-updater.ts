import type { StreamName } from "@fleetlog/domain";
import type { EventLog, Logger } from "@fleetlog/log";
import { Follower } from "./follower.ts";
import { Progress } from "./progress.ts";
import type { Committed, ViewStore } from "./store/store.ts";

export interface StoreUpdaterOptions {
  readonly log: EventLog;
  readonly stream: StreamName;
  readonly logger: Logger;
  readonly store: ViewStore;
  /** Events a batch, at most. */
  readonly maxBatch: number;
  /** See {@link Pace.beforeBatch}. */
  readonly beforeBatch?: (() => Promise<void> | undefined) | undefined;
  /** The stream's newest sequence at the start. The store has caught up when it reaches this sequence. */
  readonly goal: number;
  /** Events a transaction until the store serves queries. */
  readonly commitEvery: number;
  /** Called each time the store has caught up, until it returns true. Then the store serves queries. */
  readonly onCaughtUp: () => boolean;
  /** Called after each transaction while the store serves, with the number of events still waiting. */
  readonly onServingCommit: (committed: Committed, pending: number) => void;
}

/** Builds a store up to the stream's end, then keeps it up to date. */
export class StoreUpdater {
  readonly store: ViewStore;
  readonly #options: StoreUpdaterOptions;
  readonly #follower: Follower;
  readonly #progress: Progress;
  readonly #from: number;
  #serves = false;

  constructor(options: StoreUpdaterOptions) {
    const { log, stream, store, commitEvery, maxBatch, beforeBatch, logger, goal } = options;
    this.#options = options;
    this.store = store;
    this.#from = store.meta.checkpoint;
    this.#progress = new Progress(logger, stream, this.#from, goal);
    const onCommit = (committed: Committed, pending: number) => this.#onCommit(committed, pending);
    this.#follower = new Follower({ log, stream, store, commitEvery, maxBatch, beforeBatch, onCommit });
  }

  /** Sequences processed since the updater was created. */
  get processed(): number {
    return this.store.meta.checkpoint - this.#from;
  }

  /** Resolves after {@link stop}; rejects if the log or the store fails. */
  async run(): Promise<void> {
    const { goal } = this.#options;
    const ended = this.#follower.run(goal);
    if (this.store.meta.checkpoint >= goal) this.#tryToServe();
    await ended;
  }

  /** Resolves when the current batch is done. */
  async stop(): Promise<void> {
    await this.#follower.stop();
  }

  #onCommit(committed: Committed, pending: number): void {
    if (this.#serves) {
      this.#options.onServingCommit(committed, pending);
      return;
    }
    this.#progress.at(committed.seq);
    if (committed.seq >= this.#options.goal || pending === 0) this.#tryToServe();
  }

  #tryToServe(): void {
    this.#serves = this.#options.onCaughtUp();
    if (!this.#serves) return;
    this.#follower.serve();
    this.#progress.done(this.store.meta.checkpoint);
  }
}
