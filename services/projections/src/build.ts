import type { StreamName } from "@fleetlog/domain";
import type { EventLog, Logger } from "@fleetlog/log";
import { Follower } from "./follower.ts";
import { Progress } from "./progress.ts";
import type { Committed, ViewStore } from "./store/store.ts";

export interface BuildOptions {
  readonly log: EventLog;
  readonly stream: StreamName;
  readonly logger: Logger;
  readonly store: ViewStore;
  readonly maxBatch: number;
  readonly giveWay?: (() => Promise<void> | undefined) | undefined;
  /** The stream's newest sequence at the start; at this sequence the rows count as caught up. */
  readonly goal: number;
  /** Events a transaction until the store serves. */
  readonly commitEvery: number;
  /** Called whenever the store has caught up, until it returns true: from then on the store serves. */
  readonly takeOver: (build: Build) => boolean;
  /** Called after each transaction while the store serves, with how many events are still waiting. */
  readonly onServed: (build: Build, committed: Committed, pending: number) => void;
}

/** Builds a store up to its stream's newest event, and then follows the stream. */
export class Build {
  readonly store: ViewStore;
  readonly #options: BuildOptions;
  readonly #follower: Follower;
  readonly #progress: Progress;
  readonly #from: number;
  #serves = false;

  constructor(options: BuildOptions) {
    const { log, stream, store, commitEvery, maxBatch, giveWay, logger, goal } = options;
    this.#options = options;
    this.store = store;
    this.#from = store.meta.checkpoint;
    this.#progress = new Progress(logger, stream, this.#from, goal);
    const onCommit = (committed: Committed, pending: number) => this.#committed(committed, pending);
    this.#follower = new Follower({ log, stream, store, commitEvery, maxBatch, giveWay, onCommit });
  }

  /** How far it has come since it began, in log sequences. */
  get built(): number {
    return this.store.meta.checkpoint - this.#from;
  }

  /** Resolves when it was stopped; rejects with what went wrong. */
  async run(): Promise<void> {
    const { goal } = this.#options;
    const ended = this.#follower.run(goal);
    if (this.store.meta.checkpoint >= goal) this.#offer();
    await ended;
  }

  /** Resolves when the current batch is done. */
  async stop(): Promise<void> {
    await this.#follower.stop();
  }

  #committed(committed: Committed, pending: number): void {
    if (this.#serves) {
      this.#options.onServed(this, committed, pending);
      return;
    }
    this.#progress.at(committed.seq);
    if (committed.seq >= this.#options.goal || pending === 0) this.#offer();
  }

  #offer(): void {
    this.#serves = this.#options.takeOver(this);
    if (!this.#serves) return;
    this.#follower.serve();
    this.#progress.done(this.store.meta.checkpoint);
  }
}
