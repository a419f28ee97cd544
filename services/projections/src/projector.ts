import { FleetError } from "@fleetlog/domain";
import type { Backbone, Logger } from "@fleetlog/log";
import { changedSubject } from "@fleetlog/protocol";
import { startAnswering } from "./answering.ts";
import { type Beat, startBeat } from "./beat.ts";
import { Follower } from "./follower.ts";
import { foreignTo, headOf } from "./origin.ts";
import { Progress } from "./progress.ts";
import type { Projection } from "./projection.ts";
import { isDamage } from "./store/errors.ts";
import { ViewFiles } from "./store/files.ts";
import type { Committed, ViewStore } from "./store/store.ts";
import { VIEWS } from "./views.ts";
import { Waiting } from "./waiting.ts";

export interface ProjectorOptions {
  readonly backbone: Backbone;
  /** Unlike every other projector's. */
  readonly id: string;
  /** Its own folder, made if it is not there. */
  readonly directory: string;
  readonly logger: Logger;
  readonly views?: readonly Projection[];
}

/** Events a transaction: alone, few large ones are fastest; beside a view that serves, each must be short. */
const COMMIT_ALONE = 65_536;
const COMMIT_BESIDE = 8_192;
const RETRY_MS = 500;

/** Keeps one file of views up to date with the log, and answers for it once it has caught up. */
export class Projector {
  /** Rejects when the projector can't go on; never resolves. */
  readonly failed: Promise<never>;
  readonly #options: ProjectorOptions;
  readonly #files: ViewFiles;
  readonly #waiting = new Waiting();
  readonly #forgetStatus: () => void;
  readonly #beat: Beat;
  readonly #liveListeners: (() => void)[] = [];
  #fail: (error: unknown) => void = () => {};
  #serving: Follower | undefined;
  #building: Follower | undefined;
  #stopAnswering: (() => void) | undefined;
  #rebuild: Promise<void> | undefined;
  #checking = false;
  #closed = false;

  /** @throws FleetError `conflict` if another projector works in the folder */
  constructor(options: ProjectorOptions) {
    this.#options = options;
    const { directory, logger, backbone, id } = options;
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => {});
    this.#files = new ViewFiles({
      directory,
      logger,
      views: options.views ?? VIEWS,
      onUnfoldable: (event, view, err) =>
        logger.error(
          { err, view, seq: event.seq, id: event.id, type: event.type },
          "an event can't be folded: left out",
        ),
    });
    this.#forgetStatus = backbone.log.onStatus((status) => {
      if (status === "ready") this.#check();
    });
    this.#beat = startBeat(backbone, id, this, () => this.#check());
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
    this.#beat.now();
    const live = new Promise<void>((resolve) => this.#liveListeners.push(resolve));
    this.#begin().catch((error) => this.#broken(error));
    await Promise.race([live, this.failed]);
  }

  /**
   * Builds all views from nothing beside those that serve, and swaps when they have caught up. While one is under way
   * a second call waits for the same.
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
    this.#beat.stop();
    for (const follower of [this.#building, this.#serving]) {
      await follower?.stop();
      follower?.store.close();
    }
    this.#files.close();
    this.#fail(new FleetError("view-unavailable", "the projector was closed"));
  }

  async #begin(): Promise<void> {
    const { log } = this.#options.backbone;
    let store = this.#files.open();
    const { foreign, goal } = await this.#whenReached(async () => ({
      foreign: await foreignTo(log, store.meta),
      goal: await headOf(log),
    }));
    if (this.#closed) return store.close();
    if (foreign !== undefined) {
      this.#options.logger.warn({ path: store.path }, `${foreign}: the views are built anew`);
      this.#files.discard(store);
      store = this.#files.create();
    }
    await this.#build(store, goal, COMMIT_ALONE);
  }

  async #buildBeside(): Promise<void> {
    const goal = await headOf(this.#options.backbone.log);
    await this.#build(this.#files.create(), goal, COMMIT_BESIDE);
  }

  /** Resolves when the store has caught up and serves. */
  async #build(store: ViewStore, goal: number, commitEvery: number): Promise<void> {
    const progress = new Progress(this.#options.logger, store.meta.checkpoint, goal);
    await new Promise<void>((resolve, reject) => {
      const follower = new Follower({
        log: this.#options.backbone.log,
        store,
        commitEvery,
        onCommit: (committed, pending) => {
          if (follower === this.#serving) return this.#publish(committed);
          progress.at(committed.seq);
          if (committed.seq >= goal || pending === 0) caughtUp();
        },
      });
      const caughtUp = () => {
        if (follower !== this.#building || store.meta.checkpoint < (this.#serving?.store.meta.checkpoint ?? 0)) return;
        this.#serve(follower);
        progress.done(store.meta.checkpoint);
        resolve();
      };
      this.#building = follower;
      follower.run(goal).then(
        () => reject(new FleetError("view-unavailable", "building the views was interrupted")),
        (error) => {
          this.#broken(error, follower);
          reject(error);
        },
      );
      if (store.meta.checkpoint >= goal) caughtUp();
    });
  }

  #serve(follower: Follower): void {
    const before = this.#serving;
    this.#serving = follower;
    this.#building = undefined;
    follower.serve();
    follower.store.markComplete();
    this.#waiting.reach(follower.store.meta.checkpoint);
    if (before !== undefined) this.#retire(before);
    else this.#files.keepOnly(follower.store);
    this.#join();
    this.#publishAll(follower.store.meta.checkpoint);
  }

  /** The store that served: its subscription may be in the middle of a batch, so it goes when that is done. */
  #retire(follower: Follower): void {
    follower
      .stop()
      .then(() => this.#files.discard(follower.store))
      .catch((error) => this.#broken(error));
  }

  #join(): void {
    const { bus } = this.#options.backbone;
    this.#stopAnswering ??= startAnswering({ bus, waiting: this.#waiting, views: () => this.#views() });
    this.#beat.now();
    for (const listener of this.#liveListeners.splice(0)) listener();
  }

  #leave(): void {
    this.#stopAnswering?.();
    this.#stopAnswering = undefined;
  }

  #views(): ViewStore {
    if (this.#serving === undefined || this.#closed) {
      throw new FleetError("view-unavailable", "this projector no longer answers", { retryAfterMs: 1_000 });
    }
    return this.#serving.store;
  }

  #publish({ seq, changed }: Committed): void {
    this.#waiting.reach(seq);
    for (const [view, keys] of changed) this.#options.backbone.bus.publish(changedSubject(view), { seq, keys });
  }

  #publishAll(seq: number): void {
    const changed = new Map((this.#options.views ?? VIEWS).map((view) => [view.name, null]));
    this.#publish({ seq, changed });
  }

  /** Are the rows still those of this log? Asked whenever the log has been away, and with every beat if it is short. */
  #check(): void {
    const follower = this.#serving;
    if (follower === undefined || this.#checking || this.#closed) return;
    this.#checking = true;
    foreignTo(this.#options.backbone.log, follower.store.meta)
      .then((foreign) => (foreign === undefined || follower !== this.#serving ? undefined : this.#startOver(foreign)))
      // The log is away again: the question comes back with it.
      .catch((error) => this.#options.logger.warn({ err: error }, "the log could not be compared with the views"))
      .finally(() => {
        this.#checking = false;
      });
  }

  async #startOver(why: string): Promise<void> {
    this.#options.logger.warn({ seq: this.seq }, `${why}: the views are built anew`);
    this.#leave();
    const old = [this.#serving, this.#building];
    this.#serving = undefined;
    this.#building = undefined;
    for (const follower of old) {
      await follower?.stop();
      if (follower !== undefined) this.#files.discard(follower.store);
    }
    this.#waiting.reach(0);
    if (!this.#closed) this.#begin().catch((error) => this.#broken(error));
  }

  /** Runs what needs the log again and again until it is reached, or the projector is closed. */
  async #whenReached<T>(task: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await task();
      } catch (error) {
        const away = error instanceof FleetError && (error.code === "log-unavailable" || error.code === "unavailable");
        if (!away || this.#closed) throw error;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  #broken(error: unknown, follower?: Follower): void {
    if (this.#closed) return;
    if (follower !== undefined && isDamage(error)) this.#files.discard(follower.store);
    this.#fail(error);
  }
}
