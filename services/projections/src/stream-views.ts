import { FleetError, type StreamName } from "@fleetlog/domain";
import type { EventLog, Logger } from "@fleetlog/log";
import { Build } from "./build.ts";
import { giveMemoryBack } from "./memory.ts";
import { foreignTo, headOf } from "./origin.ts";
import { whenReached } from "./patience.ts";
import { isDamage } from "./store/errors.ts";
import type { Files } from "./store/files.ts";
import type { Meta } from "./store/meta.ts";
import type { Committed, ViewStore } from "./store/store.ts";
import { Waiting } from "./waiting.ts";

export interface StreamViewsOptions {
  readonly log: EventLog;
  readonly logger: Logger;
  readonly stream: StreamName;
  readonly files: Files;
  readonly pace: Pace;
  /** Called when other rows serve than before, and with `undefined` when none do any more. */
  readonly onServing: (store: ViewStore | undefined) => void;
  /** Called after each transaction of the rows that serve, with how many events are still waiting. */
  readonly onCommit: (committed: Committed, pending: number) => void;
  readonly onFailed: (error: unknown) => void;
}

/** How much is done at a time. */
export interface Pace {
  /** Events that are taken at a time, at most. */
  readonly maxBatch: number;
  /** Events a transaction while building, where nothing serves. */
  readonly commitAlone: number;
  /** A promise while something more urgent has to be done. */
  readonly giveWay?: () => Promise<void> | undefined;
}

/** Events a transaction while rows are built beside some that serve: each must be short. */
const COMMIT_BESIDE = 8_192;
/** Building from so many events leaves garbage that is worth a tenth of a second's pause. */
const LONG_BUILD = 50_000;

/** Keeps the rows that are made of one stream up to date, in one store that serves once it has caught up. */
export class StreamViews {
  readonly stream: StreamName;
  /** Those who wait until the rows are built up to a sequence. */
  readonly waiting = new Waiting();
  readonly #options: StreamViewsOptions;
  #serving: Build | undefined;
  #building: Build | undefined;
  #rebuild: Promise<void> | undefined;
  /** How far the rows were when the log was last known to be theirs; kept until it is known again. */
  #doubt: { readonly build: Build; readonly meta: Meta } | undefined;
  #checking = false;
  #closed = false;

  constructor(options: StreamViewsOptions) {
    this.#options = options;
    this.stream = options.stream;
  }

  /** The rows that serve now. */
  get store(): ViewStore | undefined {
    return this.#closed ? undefined : this.#serving?.store;
  }

  /** Sequence up to which the rows are built. */
  get seq(): number {
    return (this.#serving ?? this.#building)?.store.meta.checkpoint ?? 0;
  }

  /** Begins to build, or carries on. Tries for as long as the log is away. */
  start(): void {
    if (this.#closed) return;
    this.#begin().catch((error) => this.#broken(error));
  }

  /**
   * Builds all rows from nothing beside those that serve, and swaps when they have caught up. While one is under way
   * a second call waits for the same.
   *
   * @throws FleetError `view-unavailable` while no rows serve: then they are being built already
   */
  rebuild(): Promise<void> {
    this.#rebuild ??= this.#buildBeside().finally(() => {
      this.#rebuild = undefined;
    });
    return this.#rebuild;
  }

  /** What comes from the log when it is back may be another log's already: it is judged by what came before. */
  remember(): void {
    const build = this.#serving ?? this.#building;
    if (build !== undefined) this.#doubt ??= { build, meta: build.store.meta };
  }

  /** Are the rows still those of this log? Asked whenever the log has been away, and when it is shorter than the rows. */
  check(): void {
    const doubt = this.#doubt;
    if (doubt === undefined || this.#checking || this.#closed) return;
    this.#checking = true;
    foreignTo(this.#options.log, this.stream, doubt.meta)
      .then((foreign) => {
        this.#doubt = undefined;
        const current = doubt.build === this.#serving || doubt.build === this.#building;
        return foreign === undefined || !current ? undefined : this.#startOver(foreign);
      })
      // The log is away again: the question comes back with it.
      .catch((error) => this.#options.logger.warn({ err: error }, "the log could not be compared with the views"))
      .finally(() => {
        this.#checking = false;
      });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.waiting.giveUp();
    for (const build of [this.#building, this.#serving]) {
      await build?.stop();
      build?.store.close();
    }
  }

  async #begin(): Promise<void> {
    const { log, files, logger, pace } = this.#options;
    let store = files.open();
    try {
      const task = async () => ({
        foreign: await foreignTo(log, this.stream, store.meta),
        goal: await headOf(log, this.stream),
      });
      const { foreign, goal } = await whenReached(task, () => this.#closed);
      if (this.#closed) return store.close();
      if (foreign !== undefined) {
        logger.warn({ path: store.path }, `${foreign}: the views are built anew`);
        files.discard(store);
        store = files.create();
      }
      await this.#build(store, goal, pace.commitAlone);
    } catch (error) {
      if (store !== this.#building?.store) store.close();
      throw error;
    }
  }

  async #buildBeside(): Promise<void> {
    if (this.#serving === undefined) {
      throw new FleetError("view-unavailable", "the views are being built already", { retryAfterMs: 1_000 });
    }
    const goal = await headOf(this.#options.log, this.stream);
    await this.#build(this.#options.files.create(), goal, Math.min(COMMIT_BESIDE, this.#options.pace.commitAlone));
  }

  /** Resolves when the store has caught up and serves. */
  async #build(store: ViewStore, goal: number, commitEvery: number): Promise<void> {
    const { log, logger, stream, pace } = this.#options;
    const served = Promise.withResolvers<void>();
    const build = new Build({
      log,
      logger,
      stream,
      store,
      goal,
      commitEvery,
      maxBatch: pace.maxBatch,
      giveWay: pace.giveWay,
      takeOver: () => {
        const behind = store.meta.checkpoint < (this.#serving?.store.meta.checkpoint ?? 0);
        if (build !== this.#building || behind) return false;
        this.#serve(build);
        served.resolve();
        return true;
      },
      onServed: (_, committed, pending) => {
        if (build !== this.#serving) return;
        this.waiting.reach(committed.seq);
        this.#options.onCommit(committed, pending);
      },
    });
    this.#building = build;
    build.run().then(
      () => served.reject(new FleetError("view-unavailable", "building the views was interrupted")),
      (error) => {
        this.#broken(error, build);
        served.reject(error);
      },
    );
    await served.promise;
  }

  #serve(build: Build): void {
    const before = this.#serving;
    this.#serving = build;
    this.#building = undefined;
    build.store.markComplete();
    if (build.built >= LONG_BUILD) giveMemoryBack();
    this.#options.onServing(build.store);
    if (before !== undefined) this.#retire(before);
    else this.#options.files.keepOnly(build.store);
    this.waiting.reach(build.store.meta.checkpoint);
  }

  /** The store that served: its subscription may be in the middle of a batch, so it goes when that is done. */
  #retire(build: Build): void {
    build
      .stop()
      .then(() => this.#options.files.discard(build.store))
      .catch((error) => this.#broken(error));
  }

  async #startOver(why: string): Promise<void> {
    this.#options.logger.warn({ stream: this.stream, seq: this.seq }, `${why}: the views are built anew`);
    const old = [this.#building, this.#serving];
    this.#serving = undefined;
    this.#building = undefined;
    this.#options.onServing(undefined);
    this.waiting.reach(0);
    for (const build of old) {
      await build?.stop();
      if (build !== undefined) this.#options.files.discard(build.store);
    }
    this.start();
  }

  #broken(error: unknown, build?: Build): void {
    if (this.#closed) return;
    if (build !== undefined && isDamage(error)) this.#options.files.discard(build.store);
    this.#options.onFailed(error);
  }
}
