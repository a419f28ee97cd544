import { join } from "node:path";
import { encodeToken, type Scope, type StreamName } from "@fleetlog/domain";
import type { KeyedSealer } from "@fleetlog/identity";
import type { Backbone, ClockReading, Logger, Subscription } from "@fleetlog/log";
import { lockFolder, projectionsOf, retryWhileAway, streamOfProjection, VIEWS } from "@fleetlog/projections/folding";
import type { HistorianHeartbeat } from "@fleetlog/protocol";
import { OwnedDevices } from "./access/devices.ts";
import { CallMoments } from "./as-of/call-moments.ts";
import { StoredAsOf } from "./as-of/stored-as-of.ts";
import { Causation } from "./chains/causation.ts";
import { Differences } from "./diff/differences.ts";
import { EventCounts } from "./export/counts.ts";
import { ExportFiles } from "./export/files.ts";
import { startHeartbeat } from "./heartbeat.ts";
import { Bundles } from "./incidents/bundles.ts";
import { Lake, type LakeOptions } from "./lake/lake.ts";
import { Marks } from "./marks/marks.ts";
import { NewestReports } from "./reports/newest-reports.ts";
import { NewestTelemetry } from "./reports/newest-telemetry.ts";
import { callsOf } from "./requests/all.ts";
import { startCalls } from "./requests/calls.ts";
import { Queries, type QuerySettings } from "./sql/queries.ts";
import { Duck } from "./store/duck.ts";
import type { HistoryStore } from "./store/history-store.ts";
import { openMatching } from "./store/open-matching.ts";
import { ArchivedLog } from "./telemetry/archived-log.ts";
import { startExchange } from "./telemetry/copies/exchange.ts";
import { DeviceIndex } from "./telemetry/device-index.ts";
import { TelemetryKeeper } from "./telemetry/keeper.ts";
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
  /** @see HistoryStoreOptions.sealEvery */
  readonly sealEvery?: number | undefined;
  readonly sql: QuerySettings;
  /** Of the archive of telemetry. */
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
const ORDERED_MEMORY = "200MB";

/** Keeps the history of all views from the log, and answers calls about it. */
export class Historian {
  /** Rejects when the historian can't go on; never resolves. */
  readonly failed: Promise<never>;
  readonly #options: HistorianOptions;
  readonly #lock: { close(): void };
  readonly #stores = new Map<StreamName, HistoryStore>();
  readonly #following: Subscription[] = [];
  readonly #marks: Marks;
  readonly #trials: Trials;
  #reject: (error: unknown) => void = () => {};
  #duck: Duck | undefined;
  #asOf: StoredAsOf | undefined;
  #differences: Differences | undefined;
  #causation: Causation | undefined;
  #queries: Queries | undefined;
  #counts: EventCounts | undefined;
  /** With one thread, since with several a file's bytes could differ. */
  #ordered: Duck | undefined;
  #telemetry: TelemetryKeeper | undefined;
  #deviceIndex: DeviceIndex | undefined;
  #lake: Lake | undefined;
  readonly #devices: OwnedDevices;
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
    this.failed = new Promise((_, reject) => {
      this.#reject = reject;
    });
    this.failed.catch(() => {});
    this.#lock = lockFolder(options.directory, "historian");
    this.#marks = new Marks(options);
    this.#trials = new Trials({ historian: encodeToken(options.id) });
  }

  /** FLEET sequence up to which moments can be asked. */
  get seq(): number {
    return this.#stores.get("FLEET")?.seq ?? 0;
  }

  /** Resolves when calls are answered, which need not wait for the whole log. Retries while the log is away. */
  async start(): Promise<void> {
    const { backbone, directory, memory, sealEvery, id, clock, now = Date.now, logger, lake } = this.#options;
    const duck = await Duck.open({ memory: `${memory}B`, threads: THREADS, spill: join(directory, "spill") });
    this.#duck = duck;
    for (const projection of projectionsOf(VIEWS)) {
      const stream = streamOfProjection(projection);
      if (this.#stores.has(stream)) continue;
      const projections = projectionsOf(VIEWS).filter((one) => streamOfProjection(one) === stream);
      const options = { directory: join(directory, stream), stream, projections, duck, logger, sealEvery };
      this.#stores.set(stream, await this.#retried(() => openMatching(backbone.log, options)));
    }
    const spill = join(directory, "exports-spill");
    const ordered = await Duck.open({ memory: ORDERED_MEMORY, threads: 1, spill, ordered: true });
    this.#ordered = ordered;
    const telemetry = await this.#retried(() => this.#openTelemetry(ordered));
    this.#telemetry = telemetry;
    const asOf = new StoredAsOf({ duck, stores: this.#stores, goal: () => this.#goal, now });
    this.#asOf = asOf;
    await this.#retried(() => this.#lastSeq());
    asOf.reached(this.seq);
    for (const store of this.#stores.values()) this.#follow(store, asOf);
    telemetry.start();
    const { bus } = backbone;
    const retention = this.#options.telemetry;
    this.#stopExchange = startExchange({ bus, id, archive: telemetry, retention, logger, now });
    this.#marks.start();
    const moments = new CallMoments({ asOf, lastSeq: () => this.#lastSeq(), now });
    const fleet = this.#fleet;
    const differences = new Differences({ duck, fleet });
    const causation = new Causation(duck, fleet);
    this.#differences = differences;
    this.#causation = causation;
    this.#counts = new EventCounts(duck, this.#stores, this.#devices);
    const exported = new ExportFiles(join(directory, "exports"));
    const { count } = this.#counts;
    const log = new ArchivedLog({ log: backbone.log, archive: telemetry, duck: ordered });
    this.#lake = lake && new Lake({ ...lake, log, duck: ordered, logger, now });
    this.#lake?.start();
    const exports = { log, devices: this.#devices, count, files: exported, duck: async () => ordered };
    const replays = { log, devices: this.#devices, now };
    const trials = { trials: this.#trials, duck, fleet, log, owned: this.#devices };
    const bundles = new Bundles({ log: backbone.log, stores: this.#stores, duck, marks: this.#marks });
    const files = new TelemetryFiles(telemetry, await ordered.connect(), join(directory, "sql-telemetry"));
    const sql = { queries: await this.#queriesOf(duck, asOf, files), asOf, lastSeq: () => this.#lastSeq() };
    const newest = new NewestTelemetry({ telemetry, index: await this.#openIndex(telemetry, ordered), duck: ordered });
    const reports = new NewestReports({ fleet, duck, telemetry: newest, devices: asOf, owned: this.#devices });
    const calls = callsOf({
      ...{ asOf, devices: asOf, moments, reports, differences, causation },
      ...{ exports, replays, bundles, sql, marks: this.#marks, trials },
    });
    this.#stopAnswering = startCalls({ bus: backbone.bus, historian: encodeToken(id), calls });
    this.#stopHeartbeat = startHeartbeat(backbone.bus, id, { clock, progress: () => this.#progress() });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopAnswering();
    this.#stopHeartbeat();
    await this.#stopExchange();
    await this.#marks.close();
    await this.#trials.close();
    await Promise.allSettled(this.#following.map((subscription) => subscription.stop()));
    await this.#causation?.close();
    await this.#differences?.close();
    await this.#queries?.close();
    await this.#asOf?.close();
    await this.#counts?.close();
    for (const store of this.#stores.values()) store.close();
    this.#duck?.close();
    await this.#lake?.close();
    await this.#deviceIndex?.close();
    await this.#telemetry?.close();
    this.#ordered?.close();
    this.#lock.close();
  }

  get #fleet(): HistoryStore {
    const fleet = this.#stores.get("FLEET");
    if (fleet === undefined) throw new TypeError("FLEET has no history");
    return fleet;
  }

  async #queriesOf(duck: Duck, asOf: StoredAsOf, telemetry: TelemetryFiles): Promise<Queries> {
    const store = this.#fleet;
    const { directory, sql: settings } = this.#options;
    const devicesWithin = (scope: Scope) => asOf.visibleDevices(scope, Number.MAX_SAFE_INTEGER);
    const session = await duck.connect();
    this.#queries = new Queries({
      store,
      session,
      telemetry,
      directory: join(directory, "sql"),
      devicesWithin,
      settings,
    });
    return this.#queries;
  }

  #follow(store: HistoryStore, asOf: StoredAsOf): void {
    const { stream } = store;
    const subscription = this.#options.backbone.log.subscribe({
      stream,
      from: store.nextSeq,
      maxBatch: BATCH,
      onBatch: async ({ events, throughSeq }) => {
        await store.apply(events, throughSeq);
        if (stream === "FLEET") this.#devices.add(events);
        if (stream === "FLEET") asOf.reached(store.seq);
      },
    });
    subscription.ended.catch((error: unknown) => this.#fail(error));
    this.#following.push(subscription);
  }

  #openTelemetry(duck: Duck): Promise<TelemetryKeeper> {
    const { backbone, directory, telemetry, logger, now = Date.now } = this.#options;
    return TelemetryKeeper.open({
      ...{ log: backbone.log, directory: join(directory, "TELEMETRY"), duck, retention: telemetry, logger, now },
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

  async #progress(): Promise<Pick<HistorianHeartbeat, "seq" | "lag" | "marks" | "telemetry">> {
    await this.#lastSeq().catch(() => {});
    const telemetry = await this.#telemetry?.report();
    const lag = Math.max(0, this.#goal - this.seq);
    return { seq: this.seq, lag, marks: this.#marks.report, ...(telemetry !== undefined && { telemetry }) };
  }

  #retried<T>(task: () => Promise<T>): Promise<T> {
    return retryWhileAway(task, () => this.#closed);
  }

  #fail(error: unknown): void {
    if (!this.#closed) this.#reject(error);
  }
}
