import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { encodeToken, type StreamName } from "@fleetlog/domain";
import type { KeyedSealer } from "@fleetlog/identity";
import type { Backbone, ClockReading, Logger, Subscription } from "@fleetlog/log";
import { lockFolder, projectionsOf, retryWhileAway, streamOfProjection, VIEWS } from "@fleetlog/projections/folding";
import { OwnedDevices } from "./access/devices.ts";
import { keepCurrent } from "./access/keep-current.ts";
import { Answering, type Shared } from "./answering.ts";
import { ExportFiles } from "./export/files.ts";
import { Repeats } from "./export/repeats.ts";
import { type HistorianProgress, startHeartbeat } from "./heartbeat.ts";
import { Lake, type LakeOptions } from "./lake/lake.ts";
import { Marks } from "./marks/marks.ts";
import { NewestTelemetry } from "./reports/newest-telemetry.ts";
import { startCalls } from "./requests/calls.ts";
import { CurrentCalls } from "./requests/current-calls.ts";
import { AnswerSpace } from "./sql/answer-space.ts";
import type { QuerySettings } from "./sql/queries.ts";
import { Duck } from "./store/duck.ts";
import { ARCHIVE_FOLDER, folderOf } from "./store/folders.ts";
import { StreamHistory } from "./store/stream-history.ts";
import { ArchivedLog } from "./telemetry/archived-log.ts";
import { startExchange } from "./telemetry/copies/exchange.ts";
import { DeviceIndex } from "./telemetry/device-index.ts";
import { TelemetryKeeper } from "./telemetry/keeper.ts";
import type { KnownRepeats } from "./telemetry/known-repeats.ts";
import { TelemetryFiles } from "./telemetry/query-files.ts";
import type { Retention } from "./telemetry/retention.ts";
import { Trials } from "./trials/trials.ts";

export interface HistorianOptions {
  readonly backbone: Backbone;
  readonly id: string;
  /** Exclusive to this historian; created if missing. */
  readonly directory: string;
  /** Bytes for DuckDB. */
  readonly memory: number;
  /** @see PaceOptions.sealEvery */
  readonly sealEvery?: number | undefined;
  readonly sql: QuerySettings;
  /** What the archive of telemetry keeps. */
  readonly telemetry: Retention;
  /** The continuous export. */
  readonly lake?: Pick<LakeOptions, "directory" | "intervalMs"> | undefined;
  /** @see MarksOptions.openSealer */
  readonly openSealer: () => Promise<KeyedSealer | undefined>;
  readonly logger: Logger;
  readonly clock?: (() => ClockReading) | undefined;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

const THREADS = 2;
const BATCH = 2_048;
const ORDERED_MEMORY = 200e6;
/** Folders of DuckDB's spilled files. DuckDB deletes those of a killed process only when it spills again, if ever. */
const SPILL = /^(?:exports-)?spill(?:-[A-Z]+)?$/;

/** Keeps the history of all views from the log, and answers calls about it. */
export class Historian {
  /** Rejects when the historian can't go on; never resolves. */
  readonly failed: Promise<never>;
  readonly #options: HistorianOptions;
  readonly #lock: { close(): void };
  readonly #histories = new Map<StreamName, StreamHistory>();
  readonly #following: Subscription[] = [];
  readonly #marks: Marks;
  readonly #trials: Trials;
  #reject: (error: unknown) => void = () => {};
  #duck: Duck | undefined;
  #shared: Shared | undefined;
  #calls: CurrentCalls<Answering> | undefined;
  #dropping: Promise<void> = Promise.resolve();
  /** Has one thread: with several threads, files of the same events could have different bytes. */
  #ordered: Duck | undefined;
  #telemetry: TelemetryKeeper | undefined;
  #deviceIndex: DeviceIndex | undefined;
  #lake: Lake | undefined;
  readonly #devices: OwnedDevices;
  readonly #stopKeeping: () => void;
  #stopAnswering = () => {};
  #stopHeartbeat = () => {};
  #stopExchange = async () => {};
  /** The newest FLEET sequence that the historian knows of. */
  #goal = 0;
  #closed = false;

  /** @throws FleetError `conflict` if another historian uses the folder */
  constructor(options: HistorianOptions) {
    this.#options = options;
    this.#devices = new OwnedDevices(options.backbone.log);
    this.#stopKeeping = keepCurrent(this.#devices);
    this.failed = new Promise((_, reject) => {
      this.#reject = reject;
    });
    this.failed.catch(() => {});
    this.#lock = lockFolder(options.directory, "historian");
    this.#marks = new Marks(options);
    this.#trials = new Trials({ historian: encodeToken(options.id) });
  }

  /** FLEET sequence up to which the past can be queried. */
  get seq(): number {
    return this.#histories.get("FLEET")?.serving.seq ?? 0;
  }

  /** @throws TypeError before the historian has started */
  get telemetryRepeats(): KnownRepeats {
    if (this.#telemetry === undefined) throw new TypeError("the historian has not started");
    return this.#telemetry;
  }

  /** Resolves when the historian answers calls. It may not have the whole log yet. Retries while the log is away. */
  async start(): Promise<void> {
    const { backbone, directory, memory, sealEvery, id, clock, now = Date.now, logger, lake, sql } = this.#options;
    for (const name of readdirSync(directory)) {
      if (SPILL.test(name)) rmSync(join(directory, name), { recursive: true, force: true });
    }
    const duck = await Duck.open({ memory, threads: THREADS, spill: join(directory, "spill") });
    this.#duck = duck;
    for (const projection of projectionsOf(VIEWS)) {
      const stream = streamOfProjection(projection);
      if (this.#histories.has(stream)) continue;
      const projections = projectionsOf(VIEWS).filter((one) => streamOfProjection(one) === stream);
      const place = { directory: join(directory, folderOf(stream)), stream, sealEvery };
      const options = { ...place, log: backbone.log, projections, duck, logger };
      this.#histories.set(stream, await this.#retried(() => StreamHistory.open(options)));
    }
    const spill = join(directory, "exports-spill");
    const ordered = await Duck.open({ memory: ORDERED_MEMORY, threads: 1, spill, ordered: true });
    this.#ordered = ordered;
    const telemetry = await this.#retried(() => this.#openTelemetry(ordered));
    this.#telemetry = telemetry;
    await this.#retried(() => this.#lastSeq());
    const files = new ExportFiles(join(directory, "exports"));
    const repeats = new Repeats({ duck, history: (stream) => this.#histories.get(stream)?.serving, telemetry });
    const log = new ArchivedLog({ log: backbone.log, archive: telemetry, duck: ordered, repeats });
    const index = await this.#openIndex(telemetry, ordered);
    this.#shared = {
      ...{ duck, ordered, log, devices: this.#devices, marks: this.#marks, trials: this.#trials, files, sql, now },
      events: backbone.log,
      telemetry: new NewestTelemetry({ telemetry, index, duck: ordered }),
      telemetryFiles: new TelemetryFiles(telemetry, await ordered.connect(), join(directory, "sql-telemetry")),
      directory: join(directory, "sql"),
      answerSpace: new AnswerSpace(),
      goal: () => this.#goal,
      lastSeq: () => this.#lastSeq(),
    };
    rmSync(this.#shared.directory, { recursive: true, force: true });
    const answering = await this.#answer();
    const calls = new CurrentCalls(answering);
    this.#calls = calls;
    for (const history of this.#histories.values()) await this.#swap(history);
    for (const history of this.#histories.values()) this.#follow(history);
    telemetry.start();
    const { bus } = backbone;
    const retention = this.#options.telemetry;
    this.#stopExchange = startExchange({ bus, id, archive: telemetry, retention, logger, now });
    this.#marks.start();
    this.#lake = lake && new Lake({ ...lake, log, duck: ordered, logger, now });
    this.#lake?.start();
    this.#stopAnswering = startCalls({ bus, historian: encodeToken(id), calls: calls.list });
    this.#stopHeartbeat = startHeartbeat(bus, id, { clock, progress: () => this.#progress() });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopAnswering();
    this.#stopHeartbeat();
    this.#stopKeeping();
    await this.#stopExchange();
    await this.#marks.close();
    await this.#trials.close();
    // The continuous export may be looking up repeats in the tables, so it ends before they are closed.
    await this.#lake?.close();
    await Promise.allSettled(this.#following.map((subscription) => subscription.stop()));
    await this.#calls?.close();
    await this.#dropping;
    for (const history of this.#histories.values()) await history.close();
    this.#duck?.close();
    await this.#deviceIndex?.close();
    await this.#telemetry?.close();
    this.#ordered?.close();
    this.#lock.close();
  }

  async #answer(): Promise<Answering> {
    const shared = this.#shared;
    if (shared === undefined) throw new TypeError("the historian has not started");
    const stores = new Map([...this.#histories].map(([stream, { serving }]) => [stream, serving]));
    return await Answering.open(shared, stores);
  }

  #follow(history: StreamHistory): void {
    const { store } = history;
    const { stream } = store;
    const subscription = this.#options.backbone.log.subscribe({
      stream,
      from: store.nextSeq,
      maxBatch: BATCH,
      onBatch: async ({ events, throughSeq, pending }) => {
        await store.apply(events, throughSeq, pending);
        if (stream === "FLEET") this.#devices.add(events);
        await this.#swap(history);
        if (stream === "FLEET") this.#calls?.current.asOf.reached(this.seq);
      },
    });
    const failed = (error: unknown) => {
      if (this.#closed) return;
      if (store.dropDamaged(error)) {
        const why =
          "a file of the history is damaged: the historian ends, and folds the log again after its next start";
        this.#options.logger.warn({ stream, err: error }, why);
      }
      this.#fail(error);
    };
    history.damaged.catch(failed);
    subscription.ended.catch(failed);
    this.#following.push(subscription);
  }

  /**
   * If a rebuilt history has caught up, it answers all new calls. Answers that have begun still come from the old
   * history.
   */
  async #swap(history: StreamHistory): Promise<void> {
    const old = await this.#retried(() => history.applied());
    if (old === undefined) return;
    const replaced = this.#calls?.replace(await this.#answer());
    this.#dropping = this.#dropping
      .then(() => replaced)
      .then(() => history.drop(old))
      .catch((error: unknown) => this.#fail(error));
  }

  #openTelemetry(duck: Duck): Promise<TelemetryKeeper> {
    const { backbone, directory, telemetry, logger, now = Date.now } = this.#options;
    return TelemetryKeeper.open({
      ...{ log: backbone.log, directory: join(directory, ARCHIVE_FOLDER), duck, retention: telemetry, logger, now },
      onFailure: (error) => this.#fail(error),
    });
  }

  async #openIndex(archive: TelemetryKeeper, duck: Duck): Promise<DeviceIndex> {
    const { directory, logger } = this.#options;
    const index = await DeviceIndex.open({ directory: join(directory, "TELEMETRY-devices"), archive, duck, logger });
    this.#deviceIndex = index;
    index.start();
    return index;
  }

  async #lastSeq(): Promise<number> {
    const { lastSeq } = await this.#options.backbone.log.state("FLEET");
    this.#goal = Math.max(this.#goal, lastSeq);
    return lastSeq;
  }

  async #progress(): Promise<HistorianProgress> {
    await this.#lastSeq().catch(() => {});
    const telemetry = await this.#telemetry?.report();
    const lag = Math.max(0, this.#goal - this.seq);
    const rebuild = this.#histories.get("FLEET")?.rebuild;
    const setAside = [...this.#histories.values()].flatMap((history) => history.setAside);
    return {
      ...{ seq: this.seq, lag, marks: this.#marks.report },
      ...(setAside.length > 0 && { setAside }),
      ...(rebuild !== undefined && { rebuild: { seq: rebuild.seq, goal: Math.max(rebuild.goal, this.#goal) } }),
      ...(telemetry !== undefined && { telemetry }),
    };
  }

  #retried<T>(task: () => Promise<T>): Promise<T> {
    return retryWhileAway(task, () => this.#closed);
  }

  #fail(error: unknown): void {
    if (!this.#closed) this.#reject(error);
  }
}
