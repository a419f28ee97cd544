import { setTimeout as delay } from "node:timers/promises";
import { FleetError, type StreamName } from "@fleetlog/domain";
import type { EventLog, Logger } from "@fleetlog/log";
import { pauseAfter } from "@fleetlog/runtime";
import { LogCheck } from "./log-check.ts";
import { lastSeqOf, mismatchWith } from "./log-match.ts";
import { retryWhileAway } from "./log-retry.ts";
import { returnMemory } from "./memory.ts";
import { SequenceWaits } from "./sequence-waits.ts";
import { isUnwritable, needsNewFile } from "./store/errors.ts";
import type { Files } from "./store/files.ts";
import type { Committed, ViewStore } from "./store/store.ts";
import { StoreUpdater } from "./store-updater.ts";

export interface StreamViewsOptions {
  readonly log: EventLog;
  readonly logger: Logger;
  readonly stream: StreamName;
  readonly files: Files;
  readonly pace: Pace;
  /** Called when another store begins to serve queries, and with undefined when no store serves any more. */
  readonly onServing: (store: ViewStore | undefined) => void;
  readonly onCommit: (committed: Committed, pending: number) => void;
  readonly onFailed: (error: unknown) => void;
}

/** Sizes of batches and transactions. */
export interface Pace {
  readonly maxBatch: number;
  /** Events a transaction while no store serves. */
  readonly commitEvery: number;
  readonly beforeBatch?: () => Promise<void> | undefined;
}

/** Events a transaction while another store serves queries: transactions must then be short. */
export const COMMIT_BESIDE_SERVING = 8_192;
/** After a build from this many events, returning memory is worth its pause of 0.1 s. */
const LONG_BUILD_EVENTS = 50_000;
const WRITE_AGAIN = { firstMs: 250, longestMs: 5_000, jitter: "none" } as const;

export class StreamViews {
  readonly stream: StreamName;
  readonly waiting = new SequenceWaits();
  readonly #options: StreamViewsOptions;
  #serving: StoreUpdater | undefined;
  #building: StoreUpdater | undefined;
  #rebuild: Promise<void> | undefined;
  readonly #logCheck: LogCheck;
  #closed = false;
  /** Set while a full, failing or damaged disk stops all writing. */
  #interrupted: Promise<void> | undefined;
  #failedWrites = 0;
  readonly #closing = Promise.withResolvers<void>();

  constructor(options: StreamViewsOptions) {
    this.#options = options;
    this.stream = options.stream;
    this.#logCheck = new LogCheck({
      ...options,
      isClosed: () => this.#closed,
      isCurrent: (updater) => updater === this.#serving || updater === this.#building,
      onMismatch: (why) => this.#startOver(why),
    });
  }

  get store(): ViewStore | undefined {
    return this.#closed ? undefined : this.#serving?.store;
  }

  get seq(): number {
    return (this.#serving ?? this.#building)?.store.meta.checkpoint ?? 0;
  }

  start(): void {
    if (this.#closed) return;
    this.#begin().catch((error) => this.#onFailed(error));
  }

  /**
   * Builds all rows in a new store while the old store serves, then swaps. A second call joins the running rebuild.
   *
   * @throws FleetError `view-unavailable` while no store serves
   */
  rebuild(): Promise<void> {
    this.#rebuild ??= this.#buildBeside().finally(() => {
      this.#rebuild = undefined;
    });
    return this.#rebuild;
  }

  /** @param store the damaged one; nothing is done if another one serves by now */
  rebuildDamaged(error: unknown, store: ViewStore): void {
    if (this.#serving?.store !== store || this.#closed || this.#interrupted !== undefined) return;
    this.#interrupt(this.#replaceDamaged(error));
  }

  /** Saves the rows' state for {@link checkLog}, because the log may be replaced while it is away. */
  saveStateForCheck(): void {
    const updater = this.#serving ?? this.#building;
    if (updater !== undefined) this.#logCheck.save(updater);
  }

  /** Rebuilds the rows if the saved state does not match the log. */
  checkLog(): void {
    this.#logCheck.run();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#closing.resolve();
    this.waiting.close();
    await this.#interrupted;
    for (const updater of [this.#building, this.#serving]) {
      await updater?.stop();
      updater?.store.close();
    }
  }

  async #begin(): Promise<void> {
    const { log, files, logger, pace } = this.#options;
    let store = files.open();
    try {
      const inspect = async () => ({
        mismatch: await mismatchWith(log, this.stream, store.meta, () => this.#closed),
        goal: await lastSeqOf(log, this.stream),
      });
      const { mismatch, goal } = await retryWhileAway(inspect, () => this.#closed);
      if (this.#closed) return store.close();
      if (mismatch !== undefined) {
        logger.warn({ path: store.path }, `${mismatch}: rebuilding the views`);
        files.discard(store);
        store = files.create();
      }
      // The updater reports its errors itself.
      this.#buildStore(store, goal, pace.commitEvery).catch(() => {});
    } catch (error) {
      store.close();
      throw error;
    }
  }

  async #buildBeside(): Promise<void> {
    if (this.#serving === undefined) {
      throw new FleetError("view-unavailable", "the views are still being built", { retryAfterMs: 1_000 });
    }
    const goal = await lastSeqOf(this.#options.log, this.stream);
    const store = this.#options.files.create();
    try {
      // Indexes are created while the store is empty: creating those of a full store would delay queries.
      for (const name of store.missingIndexes()) store.createIndex(name);
    } catch (error) {
      this.#options.files.discard(store);
      throw error;
    }
    await this.#buildStore(store, goal, Math.min(COMMIT_BESIDE_SERVING, this.#options.pace.commitEvery));
  }

  async #buildStore(store: ViewStore, goal: number, commitEvery: number): Promise<void> {
    const { log, logger, stream, pace } = this.#options;
    const served = Promise.withResolvers<void>();
    const updater = new StoreUpdater({
      log,
      logger,
      stream,
      store,
      goal,
      commitEvery,
      maxBatch: pace.maxBatch,
      beforeBatch: pace.beforeBatch,
      onCaughtUp: () => {
        const isBehind = store.meta.checkpoint < (this.#serving?.store.meta.checkpoint ?? 0);
        if (updater !== this.#building || isBehind) return false;
        this.#serve(updater);
        served.resolve();
        return true;
      },
      onServingCommit: (committed, pending) => {
        if (updater !== this.#serving) return;
        // This comes before `onCommit`, so that a reader that is notified of the change need not wait for its sequence.
        this.waiting.reach(committed.seq);
        this.#options.onCommit(committed, pending);
      },
    });
    this.#building = updater;
    updater.run().then(
      () => served.reject(new FleetError("view-unavailable", "the rebuild of the views was stopped")),
      (error) => {
        if (updater === this.#serving || updater === this.#building) this.#onFailed(error);
        else logger.warn({ stream, path: store.path, err: error }, "an update of views that were replaced has failed");
        served.reject(error);
      },
    );
    await served.promise;
  }

  #serve(updater: StoreUpdater): void {
    const old = this.#serving;
    this.#serving = updater;
    this.#building = undefined;
    this.#failedWrites = 0;
    updater.store.markComplete();
    if (updater.processed >= LONG_BUILD_EVENTS) returnMemory();
    this.#options.onServing(updater.store);
    if (old !== undefined) this.#discardOld(old);
    else this.#options.files.keepOnly(updater.store);
    this.waiting.reach(updater.store.meta.checkpoint);
  }

  #discardOld(updater: StoreUpdater): void {
    const { path } = updater.store;
    updater
      .stop()
      .then(() => this.#options.files.discard(updater.store))
      .catch((err) =>
        this.#options.logger.warn({ err, path }, "could not delete the file of views that were replaced"),
      );
  }

  async #startOver(why: string): Promise<void> {
    this.#options.logger.warn({ stream: this.stream, seq: this.seq }, `${why}: rebuilding the views`);
    for (const updater of this.#takeUpdaters()) {
      await updater.stop();
      this.#options.files.discard(updater.store);
    }
    this.start();
  }

  /** Waits as after a failed write, since a disk may damage the new file, too. */
  async #replaceDamaged(error: unknown): Promise<void> {
    const message = error instanceof Error ? error.message : String(error);
    const waitMs = pauseAfter(++this.#failedWrites, WRITE_AGAIN);
    this.#options.logger.warn(
      { stream: this.stream, seq: this.seq, err: error },
      `the views' file is damaged (${message}): rebuilding the views in ${waitMs} ms`,
    );
    for (const updater of this.#takeUpdaters()) {
      await updater.stop();
      this.#options.files.discard(updater.store);
    }
    await this.#paused(waitMs);
  }

  async #writeAgain(error: Error): Promise<void> {
    const waitMs = pauseAfter(++this.#failedWrites, WRITE_AGAIN);
    this.#options.logger.error(
      { stream: this.stream, seq: this.seq, err: error },
      `could not write the views (${error.message}): make room on their disk; trying again in ${waitMs} ms`,
    );
    for (const updater of this.#takeUpdaters()) {
      await updater.stop();
      updater.store.close();
    }
    await this.#paused(waitMs);
  }

  async #paused(ms: number): Promise<void> {
    await Promise.race([delay(ms, undefined, { ref: false }), this.#closing.promise]);
  }

  /** Starts again after `work`, during which no store is written. */
  #interrupt(work: Promise<void>): void {
    this.#interrupted = work
      .catch((error) => this.#options.onFailed(error))
      .finally(() => {
        this.#interrupted = undefined;
        this.start();
      });
  }

  #takeUpdaters(): StoreUpdater[] {
    const updaters = [this.#building, this.#serving].filter((updater) => updater !== undefined);
    this.#serving = undefined;
    this.#building = undefined;
    this.#options.onServing(undefined);
    this.waiting.reach(0);
    return updaters;
  }

  #onFailed(error: unknown): void {
    if (this.#closed || this.#interrupted !== undefined) return;
    if (needsNewFile(error)) this.#interrupt(this.#replaceDamaged(error));
    else if (isUnwritable(error)) this.#interrupt(this.#writeAgain(error));
    else this.#options.onFailed(error);
  }
}
