import { encodeToken, FleetError, type StreamName } from "@fleetlog/domain";
import type { Backbone, ClockReading, Logger } from "@fleetlog/log";
import { type Changed, changedSubject } from "@fleetlog/protocol";
import { startAnswering, type Threading } from "./answering.ts";
import { boundedScopes } from "./bounded-scopes.ts";
import { BusyFlag } from "./busy-flag.ts";
import { type Heartbeat, startHeartbeat } from "./heartbeat.ts";
import { type Projection, streamOfProjection } from "./projection.ts";
import { AllRows } from "./store/all-rows.ts";
import { type Files, removeFilesOfOthers, ViewFiles } from "./store/files.ts";
import { lockFolder } from "./store/lock.ts";
import { MemoryFiles } from "./store/memory-files.ts";
import type { Committed, StoreOptions, ViewStore } from "./store/store.ts";
import { COMMIT_BESIDE_SERVING, type Pace, StreamViews } from "./stream-views.ts";
import { SMALL_VIEWS } from "./threads/own-thread.ts";
import { QueryThreads, type Serving } from "./threads/threads.ts";
import { VIEWS } from "./views/index.ts";
import { checkNames, projectionsOf, streamOfView, type View } from "./views/view.ts";

export interface ProjectorOptions {
  readonly backbone: Backbone;
  readonly id: string;
  /** Exclusive to this projector; created if missing. Undefined: views in memory. */
  readonly directory?: string | undefined;
  readonly logger: Logger;
  readonly clock?: (() => ClockReading) | undefined;
  readonly views?: readonly View[];
  /** Size limit of one answer, in bytes of JSON. Default: what fits into a NATS message. */
  readonly answerBytes?: number;
  /** Views of at most this many bytes answer long queries on the projector's own thread. Default: {@link SMALL_VIEWS}. */
  readonly smallViews?: number;
}

/** FLEET's views are built first, in few large transactions, which is fastest. */
const FLEET_PACE: Pace = { maxBatch: 2_048, commitEvery: 1_048_576 };
/** Small batches, so that a FLEET event or a query does not wait long. */
const OTHER_PACE: Pace = { maxBatch: 512, commitEvery: COMMIT_BESIDE_SERVING };

export class Projector {
  /** Rejects when the projector can't go on, or is closed; never resolves. */
  readonly failed: Promise<never>;
  readonly #options: ProjectorOptions;
  readonly #views: readonly View[];
  readonly #lock: { close(): void } | undefined;
  readonly #fleet: StreamViews;
  readonly #streams: readonly StreamViews[];
  readonly #rows = new AllRows();
  /** Undefined for views in memory, which threads cannot read. */
  readonly #threads: QueryThreads | undefined;
  readonly #fleetBusy = new BusyFlag();
  readonly #stopWatchingLog: () => void;
  readonly #heartbeat: Heartbeat;
  readonly #fleetLive = Promise.withResolvers<void>();
  readonly #answering = new Map<StreamName, () => void>();
  #reject: (error: unknown) => void = () => {};
  #closed = false;

  /**
   * @throws FleetError `conflict` if another projector uses the folder
   * @throws TypeError if projections or queries share a name, or a view reads several streams
   */
  constructor(options: ProjectorOptions) {
    this.#options = options;
    this.#views = options.views ?? VIEWS;
    checkNames(this.#views);
    const { directory, backbone, id } = options;
    this.failed = new Promise((_, reject) => {
      this.#reject = reject;
    });
    this.failed.catch(() => {});
    const otherStreams = new Set(this.#views.map(streamOfView));
    otherStreams.delete("FLEET");
    this.#threads = directory === undefined ? undefined : new QueryThreads(encodeToken(id));
    this.#lock = directory === undefined ? undefined : lockFolder(directory);
    if (directory !== undefined) removeFilesOfOthers(directory, ["FLEET", ...otherStreams]);
    this.#fleet = this.#createStreamViews("FLEET");
    this.#streams = [this.#fleet, ...[...otherStreams].map((stream) => this.#createStreamViews(stream))];
    this.#setFleetBusy(true);
    this.#stopWatchingLog = backbone.log.onStatus((status) => {
      for (const views of this.#streams) {
        if (status === "away") views.saveStateForCheck();
        else views.checkLog();
      }
    });
    this.#heartbeat = startHeartbeat(backbone, id, this, this.#streams, options.clock);
  }

  get state(): "building" | "live" {
    return this.#answering.has("FLEET") ? "live" : "building";
  }

  get seq(): number {
    return this.#fleet.seq;
  }

  /** Resolves when FLEET's views answer queries; rejects on failure. Retries while the log is away. */
  async start(): Promise<void> {
    this.#heartbeat.now();
    this.#fleet.start();
    await Promise.race([this.#fleetLive.promise, this.failed]);
    for (const views of this.#streams) if (views !== this.#fleet) views.start();
  }

  /**
   * Rebuilds all views that serve, then swaps. A second call joins the running rebuild.
   *
   * @throws FleetError `view-unavailable` while FLEET's views do not serve
   */
  async rebuild(): Promise<void> {
    const serving = this.#streams.filter((views) => views === this.#fleet || views.store !== undefined);
    await Promise.all(serving.map((views) => views.rebuild()));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const stream of [...this.#answering.keys()]) this.#stopAnswering(stream);
    this.#stopWatchingLog();
    this.#heartbeat.stop();
    this.#setFleetBusy(false);
    await this.#threads?.close();
    for (const views of this.#streams) await views.close();
    this.#lock?.close();
    this.#reject(new FleetError("view-unavailable", "the projector was closed"));
  }

  #createStreamViews(stream: StreamName): StreamViews {
    const { backbone, logger } = this.#options;
    const projections = this.#projectionsOf(stream);
    const views = new StreamViews({
      log: backbone.log,
      logger,
      stream,
      files: this.#createFiles(stream, projections),
      pace: stream === "FLEET" ? FLEET_PACE : { ...OTHER_PACE, beforeBatch: () => this.#fleetBusy.cleared },
      onServing: (store) => this.#onServing(views, store),
      onCommit: (committed, pending) => {
        if (stream === "FLEET") this.#setFleetBusy(pending > 0);
        this.#publish(views, committed);
      },
      onFailed: (error) => this.#onFailed(error),
    });
    return views;
  }

  #projectionsOf(stream: StreamName): readonly Projection[] {
    return projectionsOf(this.#views).filter((one) => streamOfProjection(one) === stream);
  }

  #createFiles(stream: StreamName, projections: readonly Projection[]): Files {
    const { directory, logger } = this.#options;
    const options: Omit<StoreOptions, "path"> = {
      projections,
      onUnfoldable: (event, view, err) =>
        logger.error(
          { err, view, seq: event.seq, id: event.id, type: event.type },
          "could not apply an event to a view; the view skips the event",
        ),
      onUnwritable: ({ seq }, view, err) =>
        logger.error({ err, view, seq }, "could not write a view's row; the view keeps the previous row"),
    };
    return directory === undefined
      ? new MemoryFiles(options)
      : new ViewFiles({ ...options, directory, stream, logger });
  }

  /** `store` serves the stream's rows from now on; undefined: no store does. */
  #onServing(views: StreamViews, store: ViewStore | undefined): void {
    const { stream } = views;
    this.#rows.serve(stream, store);
    if (stream === "FLEET") this.#setFleetBusy(store === undefined);
    if (store === undefined) {
      this.#stopAnswering(stream);
      return;
    }
    this.#startAnswering(views);
    const changed = new Map(this.#projectionsOf(stream).map(({ name }) => [name, null]));
    this.#publish(views, { seq: store.meta.checkpoint, changed });
  }

  #startAnswering(views: StreamViews): void {
    const { stream, waiting } = views;
    if (!this.#answering.has(stream)) {
      const stop = startAnswering({
        bus: this.#options.backbone.bus,
        views: this.#views.filter((view) => streamOfView(view) === stream),
        waiting,
        rows: () => this.#servingRows(views),
        answerBytes: this.#options.answerBytes,
        threading: this.#threading(views),
        onDamage: (error, store) => views.rebuildDamaged(error, store),
      });
      this.#answering.set(stream, stop);
    }
    this.#heartbeat.now();
    if (stream === "FLEET") this.#fleetLive.resolve();
  }

  /** Undefined for other streams, because the threads read only FLEET's file and know only the queries of `VIEWS`. */
  #threading(views: StreamViews): Threading | undefined {
    const threads = this.#threads;
    if (threads === undefined || views !== this.#fleet) return undefined;
    const { id, smallViews = SMALL_VIEWS } = this.#options;
    return { threads, projector: encodeToken(id), serving: () => this.#servingFile(), smallViews };
  }

  #servingFile(): ReturnType<Serving> {
    const { store } = this.#servingRows(this.#fleet);
    return { path: store.path, counts: { seq: store.meta.checkpoint, counts: store.completeCounts() } };
  }

  #setFleetBusy(busy: boolean): void {
    this.#fleetBusy.set(busy && !this.#closed);
  }

  #stopAnswering(stream: StreamName): void {
    this.#answering.get(stream)?.();
    this.#answering.delete(stream);
  }

  /** FLEET's store must serve too: every query may join its rows, if only to apply the scope. */
  #servingRows({ store }: StreamViews): { readonly rows: AllRows; readonly seq: number; readonly store: ViewStore } {
    if (store !== undefined && this.#fleet.store !== undefined) {
      return { rows: this.#rows, seq: store.meta.checkpoint, store };
    }
    throw new FleetError("view-unavailable", "this projector has no views to answer from at the moment", {
      retryAfterMs: 1_000,
    });
  }

  #publish({ stream, store }: StreamViews, { seq, changed }: Committed): void {
    const fleetStore = this.#fleet.store;
    for (const [projection, keys] of changed) {
      const hasScopes = keys !== null && store !== undefined && fleetStore !== undefined;
      const scopes = hasScopes ? boundedScopes(store.belongings(projection, keys, fleetStore)) : null;
      const message: Changed = {
        seq,
        keys,
        ...(stream !== "FLEET" && { stream }),
        ...(scopes !== undefined && { scopes }),
      };
      this.#options.backbone.bus.publish(changedSubject(projection), message);
    }
  }

  #onFailed(error: unknown): void {
    if (!this.#closed) this.#reject(error);
  }
}
