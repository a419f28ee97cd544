import { FleetError } from "@fleetlog/domain";
import type { Backbone, Logger } from "@fleetlog/log";
import { changedSubject } from "@fleetlog/protocol";
import { startAnswering } from "./answering.ts";
import { Build } from "./build.ts";
import { type Heartbeat, startHeartbeat } from "./heartbeat.ts";
import { giveMemoryBack } from "./memory.ts";
import { foreignTo, headOf } from "./origin.ts";
import { whenReached } from "./patience.ts";
import type { Projection } from "./projection.ts";
import { isDamage } from "./store/errors.ts";
import { ViewFiles } from "./store/files.ts";
import type { Meta } from "./store/meta.ts";
import type { Committed, ViewStore } from "./store/store.ts";
import { VIEWS } from "./views/index.ts";
import type { View } from "./views/view.ts";
import { Waiting } from "./waiting.ts";

export interface ProjectorOptions {
  readonly backbone: Backbone;
  /** Unlike every other projector's. */
  readonly id: string;
  /** Its own folder, made if it is not there. */
  readonly directory: string;
  readonly logger: Logger;
  /** Default: all. */
  readonly views?: readonly View[];
}

/** Events a transaction: alone, few large ones are fastest; beside a view that serves, each must be short. */
const COMMIT_ALONE = 262_144;
const COMMIT_BESIDE = 8_192;
/** Building from so many events leaves garbage that is worth a tenth of a second's pause. */
const LONG_BUILD = 50_000;

/** Keeps one file of views up to date with the log, and answers for it once it has caught up. */
export class Projector {
  /** Rejects when the projector can't go on; never resolves. */
  readonly failed: Promise<never>;
  readonly #options: ProjectorOptions;
  readonly #views: readonly View[];
  readonly #projections: readonly Projection[];
  readonly #files: ViewFiles;
  readonly #waiting = new Waiting();
  readonly #forgetStatus: () => void;
  readonly #heartbeat: Heartbeat;
  readonly #liveListeners: (() => void)[] = [];
  #fail: (error: unknown) => void = () => {};
  #serving: Build | undefined;
  #building: Build | undefined;
  #stopAnswering: (() => void) | undefined;
  #rebuild: Promise<void> | undefined;
  /** How far the views were when the log was last known to be theirs; kept until it is known again. */
  #doubt: { readonly build: Build; readonly meta: Meta } | undefined;
  #checking = false;
  #closed = false;

  /** @throws FleetError `conflict` if another projector works in the folder */
  constructor(options: ProjectorOptions) {
    this.#options = options;
    this.#views = options.views ?? VIEWS;
    this.#projections = this.#views.flatMap(({ projections }) => projections);
    const { directory, logger, backbone, id } = options;
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => {});
    this.#files = new ViewFiles({
      directory,
      logger,
      projections: this.#projections,
      onUnfoldable: (event, view, err) =>
        logger.error(
          { err, view, seq: event.seq, id: event.id, type: event.type },
          "an event can't be folded: left out",
        ),
      onUnwritable: ({ seq }, view, err) =>
        logger.error({ err, view, seq }, "a row can't be written, up to this event: left as it was before"),
    });
    this.#forgetStatus = backbone.log.onStatus((status) => {
      if (status === "away") this.#remember();
      else this.#check();
    });
    this.#heartbeat = startHeartbeat(backbone, id, this, () => {
      this.#remember();
      this.#check();
    });
  }

  get state(): "building" | "live" {
    return this.#stopAnswering === undefined ? "building" : "live";
  }

  /** FLEET sequence up to which the views are built. */
  get seq(): number {
    return (this.#serving ?? this.#building)?.store.meta.checkpoint ?? 0;
  }

  /** Resolves once the projector answers; rejects if it can't. Tries for as long as the log is away. */
  async start(): Promise<void> {
    this.#heartbeat.now();
    const live = new Promise<void>((resolve) => this.#liveListeners.push(resolve));
    this.#begin().catch((error) => this.#broken(error));
    await Promise.race([live, this.failed]);
  }

  /**
   * Builds all views from nothing beside those that serve, and swaps when they have caught up. While one is under way
   * a second call waits for the same.
   *
   * @throws FleetError `view-unavailable` while no view serves: then one is being built already
   */
  rebuild(): Promise<void> {
    this.#rebuild ??= this.#buildBeside().finally(() => {
      this.#rebuild = undefined;
    });
    return this.#rebuild;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#leave();
    this.#waiting.giveUp();
    this.#forgetStatus();
    this.#heartbeat.stop();
    for (const build of [this.#building, this.#serving]) {
      await build?.stop();
      build?.store.close();
    }
    this.#files.close();
    this.#fail(new FleetError("view-unavailable", "the projector was closed"));
  }

  async #begin(): Promise<void> {
    const { log } = this.#options.backbone;
    let store = this.#files.open();
    try {
      const task = async () => ({ foreign: await foreignTo(log, store.meta), goal: await headOf(log) });
      const { foreign, goal } = await whenReached(task, () => this.#closed);
      if (this.#closed) return store.close();
      if (foreign !== undefined) {
        this.#options.logger.warn({ path: store.path }, `${foreign}: the views are built anew`);
        this.#files.discard(store);
        store = this.#files.create();
      }
      await this.#build(store, goal, COMMIT_ALONE);
    } catch (error) {
      if (store !== this.#building?.store) store.close();
      throw error;
    }
  }

  async #buildBeside(): Promise<void> {
    if (this.#serving === undefined) {
      throw new FleetError("view-unavailable", "the views are being built already", { retryAfterMs: 1_000 });
    }
    const goal = await headOf(this.#options.backbone.log);
    await this.#build(this.#files.create(), goal, COMMIT_BESIDE);
  }

  /** Resolves when the store has caught up and serves. */
  async #build(store: ViewStore, goal: number, commitEvery: number): Promise<void> {
    const { backbone, logger } = this.#options;
    const served = Promise.withResolvers<void>();
    const build = new Build({
      log: backbone.log,
      logger,
      store,
      goal,
      commitEvery,
      takeOver: () => {
        const behind = store.meta.checkpoint < (this.#serving?.store.meta.checkpoint ?? 0);
        if (build !== this.#building || behind) return false;
        this.#serve(build);
        served.resolve();
        return true;
      },
      onServed: (_, committed) => {
        if (build === this.#serving) this.#publish(committed);
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
    if (before !== undefined) this.#retire(before);
    else this.#files.keepOnly(build.store);
    this.#join();
    const all = new Map(this.#projections.map(({ name }) => [name, null]));
    this.#publish({ seq: build.store.meta.checkpoint, changed: all });
  }

  /** The store that served: its subscription may be in the middle of a batch, so it goes when that is done. */
  #retire(build: Build): void {
    build
      .stop()
      .then(() => this.#files.discard(build.store))
      .catch((error) => this.#broken(error));
  }

  #join(): void {
    const { bus } = this.#options.backbone;
    this.#stopAnswering ??= startAnswering({
      bus,
      views: this.#views,
      waiting: this.#waiting,
      store: () => this.#store(),
    });
    this.#heartbeat.now();
    for (const listener of this.#liveListeners.splice(0)) listener();
  }

  #leave(): void {
    this.#stopAnswering?.();
    this.#stopAnswering = undefined;
  }

  #store(): ViewStore {
    if (this.#serving !== undefined && !this.#closed) return this.#serving.store;
    throw new FleetError("view-unavailable", "this projector no longer answers", { retryAfterMs: 1_000 });
  }

  #publish({ seq, changed }: Committed): void {
    this.#waiting.reach(seq);
    for (const [view, keys] of changed) this.#options.backbone.bus.publish(changedSubject(view), { seq, keys });
  }

  /** What comes from the log when it is back may be another log's already: it is judged by what came before. */
  #remember(): void {
    const build = this.#serving ?? this.#building;
    if (build !== undefined) this.#doubt ??= { build, meta: build.store.meta };
  }

  /** Are the rows still those of this log? Asked whenever the log has been away, and when it is shorter than the views. */
  #check(): void {
    const doubt = this.#doubt;
    if (doubt === undefined || this.#checking || this.#closed) return;
    this.#checking = true;
    foreignTo(this.#options.backbone.log, doubt.meta)
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

  async #startOver(why: string): Promise<void> {
    this.#options.logger.warn({ seq: this.seq }, `${why}: the views are built anew`);
    this.#leave();
    const old = [this.#building, this.#serving];
    this.#serving = undefined;
    this.#building = undefined;
    this.#waiting.reach(0);
    for (const build of old) {
      await build?.stop();
      if (build !== undefined) this.#files.discard(build.store);
    }
    if (!this.#closed) this.#begin().catch((error) => this.#broken(error));
  }

  #broken(error: unknown, build?: Build): void {
    if (this.#closed) return;
    if (build !== undefined && isDamage(error)) this.#files.discard(build.store);
    this.#fail(error);
  }
}
