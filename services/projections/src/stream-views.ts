import { FleetError, type StreamName } from "@fleetlog/domain";
import type { EventLog, Logger } from "@fleetlog/log";
import { Build } from "./build.ts";
import { headOf, mismatchWith } from "./log-match.ts";
import { retryWhileAway } from "./log-retry.ts";
import { giveMemoryBack } from "./memory.ts";
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
  /** Called when another store begins to serve queries, and with `undefined` when none does. */
  readonly onServing: (store: ViewStore | undefined) => void;
  /** Called after each transaction of the serving store, with the number of events still waiting. */
  readonly onCommit: (committed: Committed, pending: number) => void;
  readonly onFailed: (error: unknown) => void;
}

/** Batch sizes, and when to pause. */
export interface Pace {
  /** Events a batch, at most. */
  readonly maxBatch: number;
  /** Events a transaction while building, when no other store serves. */
  readonly commitAlone: number;
  /** A promise to wait for before the next batch; undefined when there is nothing to wait for. */
  readonly giveWay?: () => Promise<void> | undefined;
}

/** Events a transaction while building beside a store that serves: transactions must be short. */
const COMMIT_BESIDE = 8_192;
/** After building from this many events, a pause of 0.1 s to return memory is worth it. */
const LONG_BUILD = 50_000;

/** Keeps the rows of one stream's projections up to date. Their store serves queries once it has caught up. */
export class StreamViews {
  readonly stream: StreamName;
  /** Queries that wait until the rows are built up to a sequence. */
  readonly waiting = new Waiting();
  readonly #options: StreamViewsOptions;
  #serving: Build | undefined;
  #building: Build | undefined;
  #rebuild: Promise<void> | undefined;
  /** Set while it is uncertain whether the log is still the one that the rows were built from: their state before that. */
  #doubt: { readonly build: Build; readonly meta: Meta } | undefined;
  #checking = false;
  #closed = false;

  constructor(options: StreamViewsOptions) {
    this.#options = options;
    this.stream = options.stream;
  }

  /** The store that serves queries. */
  get store(): ViewStore | undefined {
    return this.#closed ? undefined : this.#serving?.store;
  }

  /** Sequence up to which the rows are built. */
  get seq(): number {
    return (this.#serving ?? this.#building)?.store.meta.checkpoint ?? 0;
  }

  /** Starts or continues building. Retries while the log is away. */
  start(): void {
    if (this.#closed) return;
    this.#begin().catch((error) => this.#broken(error));
  }

  /**
   * Rebuilds all rows in a new store while the old one serves, then swaps. A second call during a rebuild waits for the
   * same one.
   *
   * @throws FleetError `view-unavailable` while no store serves: rows are being built already
   */
  rebuild(): Promise<void> {
    this.#rebuild ??= this.#buildBeside().finally(() => {
      this.#rebuild = undefined;
    });
    return this.#rebuild;
  }

  /** Called when the log goes away: notes the state of the rows, to compare it with the log that comes back. */
  remember(): void {
    const build = this.#serving ?? this.#building;
    if (build !== undefined) this.#doubt ??= { build, meta: build.store.meta };
  }

  /** Checks that the log is still the one that the rows were built from; if not, rebuilds them. */
  check(): void {
    const doubt = this.#doubt;
    if (doubt === undefined || this.#checking || this.#closed) return;
    this.#checking = true;
    mismatchWith(this.#options.log, this.stream, doubt.meta)
      .then((mismatch) => {
        this.#doubt = undefined;
        const current = doubt.build === this.#serving || doubt.build === this.#building;
        return mismatch === undefined || !current ? undefined : this.#startOver(mismatch);
      })
      // The log is away again; the check is repeated when it is back.
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
        mismatch: await mismatchWith(log, this.stream, store.meta),
        goal: await headOf(log, this.stream),
      });
      const { mismatch, goal } = await retryWhileAway(task, () => this.#closed);
      if (this.#closed) return store.close();
      if (mismatch !== undefined) {
        logger.warn({ path: store.path }, `${mismatch}: the views are built anew`);
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

  /** Deletes the store that served before, once its subscription has finished its current batch. */
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
