import { FleetError, type StreamName } from "@fleetlog/domain";
import type { Backbone, Logger } from "@fleetlog/log";
import { type Changed, changedSubject } from "@fleetlog/protocol";
import { boundedScopes } from "./announcing.ts";
import { startAnswering } from "./answering.ts";
import { type Heartbeat, startHeartbeat } from "./heartbeat.ts";
import { Precedence } from "./precedence.ts";
import { type Projection, streamOfProjection } from "./projection.ts";
import { AllRows } from "./store/all-rows.ts";
import { type Files, removeFilesOfOthers, ViewFiles } from "./store/files.ts";
import { lockFolder } from "./store/lock.ts";
import { MemoryFiles } from "./store/memory-files.ts";
import type { Committed, StoreOptions, ViewStore } from "./store/store.ts";
import { type Pace, StreamViews } from "./stream-views.ts";
import { VIEWS } from "./views/index.ts";
import { streamOfView, type View } from "./views/view.ts";

export interface ProjectorOptions {
  readonly backbone: Backbone;
  /** Unique among the projectors. */
  readonly id: string;
  /** A directory of its own, created if missing. Without it the views are kept in memory. */
  readonly directory?: string | undefined;
  readonly logger: Logger;
  /** Default: all. */
  readonly views?: readonly View[];
  /** Size limit of one answer, in bytes of JSON. Default: what fits into a NATS message. */
  readonly answerBytes?: number;
}

/**
 * FLEET's views are built in few large transactions, which is fastest. TELEMETRY's views wait for them, and take small
 * batches, so that a FLEET event or a query waits for a few milliseconds at most.
 */
const FLEET_PACE: Pace = { maxBatch: 2_048, commitAlone: 262_144 };
const BEHIND_PACE: Pace = { maxBatch: 512, commitAlone: 8_192 };

/** Keeps the views up to date with the log. It answers queries of a stream's views once they have caught up. */
export class Projector {
  /** Rejects when the projector can't go on; never resolves. */
  readonly failed: Promise<never>;
  readonly #options: ProjectorOptions;
  readonly #views: readonly View[];
  readonly #lock: { close(): void } | undefined;
  readonly #fleet: StreamViews;
  readonly #streams: readonly StreamViews[];
  readonly #rows = new AllRows();
  readonly #fleetFirst = new Precedence();
  readonly #forgetStatus: () => void;
  readonly #heartbeat: Heartbeat;
  readonly #live = Promise.withResolvers<void>();
  readonly #answering = new Map<StreamName, () => void>();
  #fail: (error: unknown) => void = () => {};
  #closed = false;

  /** @throws FleetError `conflict` if another projector works in the folder */
  constructor(options: ProjectorOptions) {
    this.#options = options;
    this.#views = options.views ?? VIEWS;
    const { directory, backbone, id } = options;
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => {});
    this.#lock = directory === undefined ? undefined : lockFolder(directory);
    const others = new Set(this.#views.map(streamOfView));
    others.delete("FLEET");
    if (directory !== undefined) removeFilesOfOthers(directory, ["FLEET", ...others]);
    this.#fleet = this.#viewsOf("FLEET");
    this.#streams = [this.#fleet, ...[...others].map((stream) => this.#viewsOf(stream))];
    this.#fleetBusy(true);
    this.#forgetStatus = backbone.log.onStatus((status) => {
      for (const views of this.#streams) {
        if (status === "away") views.remember();
        else views.check();
      }
    });
    this.#heartbeat = startHeartbeat(backbone, id, this, this.#streams);
  }

  get state(): "building" | "live" {
    return this.#answering.has("FLEET") ? "live" : "building";
  }

  /** FLEET sequence up to which the views are built. */
  get seq(): number {
    return this.#fleet.seq;
  }

  /** Resolves once the projector answers queries of FLEET's views; rejects if it can't. Retries while the log is away. */
  async start(): Promise<void> {
    this.#heartbeat.now();
    this.#fleet.start();
    await Promise.race([this.#live.promise, this.failed]);
    for (const views of this.#streams) if (views !== this.#fleet) views.start();
  }

  /**
   * Rebuilds all views beside the serving ones, then swaps. A second call during a rebuild waits for the same one.
   *
   * @throws FleetError `view-unavailable` while no view serves: they are being built already
   */
  async rebuild(): Promise<void> {
    const serving = this.#streams.filter((views) => views === this.#fleet || views.store !== undefined);
    await Promise.all(serving.map((views) => views.rebuild()));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const stream of [...this.#answering.keys()]) this.#leave(stream);
    this.#forgetStatus();
    this.#heartbeat.stop();
    this.#fleetBusy(false);
    for (const views of this.#streams) await views.close();
    this.#lock?.close();
    this.#fail(new FleetError("view-unavailable", "the projector was closed"));
  }

  #viewsOf(stream: StreamName): StreamViews {
    const { backbone, logger } = this.#options;
    const projections = this.#projectionsOf(stream);
    const views = new StreamViews({
      log: backbone.log,
      logger,
      stream,
      files: this.#files(stream, projections),
      pace: stream === "FLEET" ? FLEET_PACE : { ...BEHIND_PACE, giveWay: () => this.#fleetFirst.wait },
      onServing: (store) => this.#served(views, store),
      onCommit: (committed, pending) => {
        if (stream === "FLEET") this.#fleetBusy(pending > 0);
        this.#publish(views, committed);
      },
      onFailed: (error) => this.#broken(error),
    });
    return views;
  }

  #projectionsOf(stream: StreamName): readonly Projection[] {
    return this.#views.flatMap(({ projections }) => projections).filter((one) => streamOfProjection(one) === stream);
  }

  #files(stream: StreamName, projections: readonly Projection[]): Files {
    const { directory, logger } = this.#options;
    const options: Omit<StoreOptions, "path"> = {
      projections,
      onUnfoldable: (event, view, err) =>
        logger.error(
          { err, view, seq: event.seq, id: event.id, type: event.type },
          "an event can't be folded: left out",
        ),
      onUnwritable: ({ seq }, view, err) =>
        logger.error({ err, view, seq }, "a row can't be written, up to this event: left as it was before"),
    };
    return directory === undefined
      ? new MemoryFiles(options)
      : new ViewFiles({ ...options, directory, stream, logger });
  }

  /** Another store of a stream serves now, or none. */
  #served(views: StreamViews, store: ViewStore | undefined): void {
    const { stream } = views;
    this.#rows.serve(stream, store);
    if (stream === "FLEET") this.#fleetBusy(store === undefined);
    if (store === undefined) {
      this.#leave(stream);
      return;
    }
    this.#join(views);
    const changed = new Map(this.#projectionsOf(stream).map(({ name }) => [name, null]));
    this.#publish(views, { seq: store.meta.checkpoint, changed });
  }

  #join(views: StreamViews): void {
    const { stream, waiting } = views;
    if (!this.#answering.has(stream)) {
      const leave = startAnswering({
        bus: this.#options.backbone.bus,
        views: this.#views.filter((view) => streamOfView(view) === stream),
        waiting,
        rows: () => this.#serving(views),
        answerBytes: this.#options.answerBytes,
      });
      this.#answering.set(stream, leave);
    }
    this.#heartbeat.now();
    if (stream === "FLEET") this.#live.resolve();
  }

  #fleetBusy(busy: boolean): void {
    this.#fleetFirst.set(busy && !this.#closed);
  }

  #leave(stream: StreamName): void {
    this.#answering.get(stream)?.();
    this.#answering.delete(stream);
  }

  /** A query of any view may join FLEET's views, at least for its scope. */
  #serving({ store }: StreamViews): { readonly rows: AllRows; readonly seq: number } {
    if (store !== undefined && this.#fleet.store !== undefined) return { rows: this.#rows, seq: store.meta.checkpoint };
    throw new FleetError("view-unavailable", "this projector no longer answers", { retryAfterMs: 1_000 });
  }

  #publish({ stream, store }: StreamViews, { seq, changed }: Committed): void {
    const owners = this.#fleet.store;
    for (const [projection, keys] of changed) {
      const known = keys !== null && store !== undefined && owners !== undefined;
      const scopes = known ? boundedScopes(store.belongings(projection, keys, owners)) : null;
      const message: Changed = {
        seq,
        keys,
        ...(stream !== "FLEET" && { stream }),
        ...(scopes !== undefined && { scopes }),
      };
      this.#options.backbone.bus.publish(changedSubject(projection), message);
    }
  }

  #broken(error: unknown): void {
    if (!this.#closed) this.#fail(error);
  }
}
