import { FleetError, isLimited, type Scope, type StreamName } from "@fleetlog/domain";
import {
  devicesOf,
  isDevice,
  listedScope,
  projectionsOf,
  type Query,
  Reader,
  type ReaderScope,
  type Rows,
  SequenceWaits,
  streamOfProjection,
  VIEWS,
  type View,
} from "@fleetlog/projections/folding";
import { checker, type ListDevicesQuery } from "@fleetlog/protocol";
import { parseMoment } from "@fleetlog/runtime";
import type { OwnedDevices } from "../access/devices.ts";
import { visibleDevices, visibleSince } from "../access/visible.ts";
import type { AsOf, Moment, PastDevices, Progress } from "../moments/as-of.ts";
import type { Duck, DuckSession } from "../store/duck.ts";
import { Kept } from "../store/kept.ts";
import { type EventMoment, newestUpToSeq, newestUpToTime } from "../store/newest-event.ts";
import type { StoredHistory } from "../store/stored-history.ts";
import { MomentTables, rewritesOf, type Source } from "./moment-tables.ts";
import { RecentScopes } from "./recent-scopes.ts";
import { replayed } from "./replayed-rows.ts";

export interface StoredAsOfOptions {
  readonly duck: Duck;
  readonly stores: ReadonlyMap<StreamName, StoredHistory>;
  /** Decides what limited callers see: the stores may lack the log's newest events. */
  readonly owned: Pick<OwnedDevices, "load" | "get" | "all" | "changes">;
  readonly goal: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly views?: readonly View[];
  /** The number of moments whose tables are kept for further queries. */
  readonly moments?: number;
}

const MOMENTS = 6;
const CACHED_ROWS = 4_000_000;
const WAIT_MS = 2_000;
const REBUILD_RETRY_MS = 30_000;
/** Maximum difference between the clocks of gateways. */
const SKEW_MS = 60_000;

/** Answers from the stores of all streams. */
export class StoredAsOf implements AsOf, PastDevices {
  readonly #options: StoredAsOfOptions;
  readonly #queries: ReadonlyMap<string, Query>;
  readonly #projections;
  readonly #moments: Kept<MomentTables>;
  /** The newest state of the registry. */
  readonly #today: Kept<MomentTables>;
  readonly #scopes = new RecentScopes();
  readonly #waits = new SequenceWaits();
  #session: Promise<DuckSession> | undefined;

  constructor(options: StoredAsOfOptions) {
    const { views = VIEWS, moments = MOMENTS } = options;
    this.#options = options;
    this.#queries = new Map(views.flatMap(({ queries }) => [...queries]));
    this.#projections = new Map(projectionsOf(views).map((projection) => [projection.name, projection]));
    this.#moments = new Kept({ count: moments, rows: CACHED_ROWS });
    this.#today = new Kept({ count: 1, rows: CACHED_ROWS });
  }

  /** Call after FLEET's store has applied events. */
  reached(seq: number): void {
    this.#waits.reach(seq);
  }

  async resolve(at: string | number): Promise<Moment> {
    if (typeof at === "string") {
      const { seq, time } = await this.#eventAt(at);
      return { seq, at: time };
    }
    const seq = this.#checked(at);
    await this.waitFor(seq, WAIT_MS);
    const event = await newestUpToSeq(this.#fleet, await this.#connected(), seq);
    if (event === undefined) throw outside("the log has no event up to that sequence");
    return { seq, at: event.time };
  }

  async answer(query: string, params: unknown, scope: Scope | undefined, moment: Moment): Promise<unknown> {
    const found = this.#queries.get(query);
    if (found === undefined) throw new FleetError("not-found", `there is no query ${query}`);
    const checked = checker(found.params, "params")(params);
    if (!checked.ok) throw new FleetError("invalid-request", checked.message, { field: checked.field });
    const time = Date.parse(moment.at);
    const within = await this.#within(scope, moment);
    try {
      return await this.#read(this.#moments, moment, (rows) =>
        found.answer(new Reader(rows, within, undefined, () => time), checked.value as never),
      );
    } catch (error) {
      throw this.#ofOldRows(error);
    }
  }

  progress(): Progress {
    const seq = this.#fleet.seq;
    return { seq, goal: Math.max(seq, this.#options.goal()) };
  }

  async waitFor(seq: number, waitMs: number): Promise<void> {
    if (seq <= this.#fleet.seq) return;
    const why = this.#fleet.unavailable();
    if (why !== undefined) {
      const message = `the history is at ${this.#fleet.seq}, not yet at ${seq}: ${why}`;
      throw new FleetError("history-unavailable", message, { retryAfterMs: REBUILD_RETRY_MS });
    }
    await this.#waits.until(seq, waitMs).catch((error: unknown) => {
      const message = `the history is at ${this.#fleet.seq}, not yet at ${seq}`;
      throw new FleetError("history-unavailable", message, { retryAfterMs: WAIT_MS, cause: error });
    });
  }

  async close(): Promise<void> {
    this.#waits.close();
    await this.#moments.close();
    await this.#today.close();
    (await this.#session)?.close();
  }

  get #fleet(): StoredHistory {
    return this.#store("FLEET");
  }

  async visibleDevices(scope: Scope | undefined, seq: number): Promise<readonly string[] | undefined> {
    if (scope === undefined || !isLimited(scope)) return undefined;
    return (await this.#scopeAt(scope, seq)).listed?.keys;
  }

  async visibleFrom(scope: Scope, devices: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const { owned } = this.#options;
    await owned.load();
    return new Map(
      devices.flatMap((device) => {
        const since = visibleSince(scope, owned.get(device));
        return since === undefined ? [] : [[device, since] as const];
      }),
    );
  }

  hasDevice(device: string): Promise<boolean> {
    return this.#readToday((rows) => isDevice(new Reader(rows), device));
  }

  async devicesOf(params: ListDevicesQuery, scope: Scope | undefined, moment: Moment): Promise<readonly string[]> {
    const within = await this.#within(scope, moment);
    return await this.#read(this.#moments, moment, (rows) => devicesOf(new Reader(rows, within), params));
  }

  async #within(scope: Scope | undefined, { seq }: Moment): Promise<ReaderScope | undefined> {
    return scope === undefined || !isLimited(scope) ? scope : await this.#scopeAt(scope, seq);
  }

  /** Devices are judged by their account and tags of today. */
  async #scopeAt(scope: Scope, seq: number): Promise<ReaderScope> {
    const { owned } = this.#options;
    await owned.load();
    const key = JSON.stringify([owned.changes, seq, scope.accounts, scope.tags]);
    return await this.#scopes.of(key, async () => {
      const visible = await visibleDevices(scope, owned);
      return listedScope(
        scope,
        visible.filter(({ since }) => since <= seq).map(({ id }) => id),
      );
    });
  }

  #readToday<T>(answer: (rows: Rows) => T): Promise<T> {
    const today = { seq: this.#fleet.changedAt("registry"), at: new Date(this.#options.now()).toISOString() };
    return this.#read(this.#today, today, answer);
  }

  #read<T>(moments: Kept<MomentTables>, moment: Moment, answer: (rows: Rows) => T): Promise<T> {
    const { duck, stores } = this.#options;
    return moments.use(
      // The key contains how often files were found to have changed: tables from before a change are not used any more.
      `${moment.seq} ${rewritesOf(stores.values())}`,
      async () => MomentTables.open(duck, duck.newName("moment"), await this.#sources(moment)),
      (tables) => replayed(this.#projections, (statement) => tables.ask(statement), answer),
    );
  }

  #store(stream: StreamName): StoredHistory {
    const store = this.#options.stores.get(stream);
    if (store === undefined) throw new TypeError(`${stream} has no history`);
    return store;
  }

  #checked(seq: number): number {
    const { goal } = this.progress();
    if (!Number.isSafeInteger(seq) || seq < 1) throw outside("a sequence is a whole number from 1");
    if (seq > goal) throw outside(`the log ends at event ${goal}`);
    return seq;
  }

  async #eventAt(at: string): Promise<EventMoment> {
    const time = parseMoment(at);
    if (time === undefined) throw outside("at is neither a moment such as 2026-01-31T12:00:00Z nor a sequence");
    if (time > this.#options.now()) throw outside("that moment is in the future");
    await this.#reachTime(time);
    const event = await this.#newestUpTo("FLEET", time);
    if (event !== undefined) return event;
    const first = await newestUpToSeq(this.#fleet, await this.#connected(), 1);
    throw outside(first === undefined ? "the log begins after that moment" : `the log begins at ${first.time}`);
  }

  /** Waits for the log's newest event if the history may still lack events up to the time. */
  async #reachTime(time: number): Promise<void> {
    const { seq, goal } = this.progress();
    if (seq >= goal) return;
    const newest = await newestUpToSeq(this.#fleet, await this.#connected(), seq);
    if (newest === undefined || Date.parse(newest.time) <= time + SKEW_MS) await this.waitFor(goal, WAIT_MS);
  }

  /**
   * Explains an error that rows of an earlier release may have caused: they may lack fields that the view's answers
   * read.
   */
  #ofOldRows(error: unknown): unknown {
    if (error instanceof FleetError) return error;
    const why = [...this.#options.stores.values()].map((store) => store.unavailable()).find((one) => one !== undefined);
    if (why === undefined) return error;
    const message = `rows of the earlier release are not readable: ${why}`;
    return new FleetError("history-unavailable", message, { retryAfterMs: REBUILD_RETRY_MS, cause: error });
  }

  async #newestUpTo(stream: StreamName, time: number): Promise<EventMoment | undefined> {
    return await newestUpToTime(this.#store(stream), await this.#connected(), new Date(time).toISOString());
  }

  async #sources({ seq, at }: Moment): Promise<ReadonlyMap<string, Source>> {
    const sources = new Map<string, Source>();
    const others = new Map<StreamName, number>([["FLEET", seq]]);
    for (const projection of this.#projections.values()) {
      const stream = streamOfProjection(projection);
      const upTo = others.get(stream) ?? (await this.#newestUpTo(stream, Date.parse(at)))?.seq ?? 0;
      others.set(stream, upTo);
      sources.set(projection.name, { store: this.#store(stream), projection, seq: upTo });
    }
    return sources;
  }

  #connected(): Promise<DuckSession> {
    this.#session ??= this.#options.duck.connect();
    return this.#session;
  }
}

function outside(why: string): FleetError {
  return new FleetError("invalid-request", why, { field: "at" });
}
