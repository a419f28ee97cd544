import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FleetError, isLimited, type Scope } from "@fleetlog/domain";
import type { SqlHead, SqlRequest } from "@fleetlog/protocol";
import type { VisibleDevice } from "../access/visible.ts";
import type { Priority } from "../behind-live/priority.ts";
import { Turns } from "../requests/turns.ts";
import type { DuckSession } from "../store/duck.ts";
import type { StoredHistory } from "../store/stored-history.ts";
import type { TableShape } from "../store/tables.ts";
import { UnchangedFiles } from "../store/unchanged.ts";
import type { TelemetryFiles } from "../telemetry/query-files.ts";
import type { AnswerSpace } from "./answer-space.ts";
import type { QueryTask, UpTo, Visible } from "./process/messages.ts";
import { QueryProcess } from "./query-process.ts";
import { TailFiles } from "./tail-files.ts";

export interface QueriesOptions {
  /** The history of FLEET. */
  readonly store: StoredHistory;
  readonly session: DuckSession;
  readonly telemetry: Pick<TelemetryFiles, "take">;
  /** Exclusive to this object. */
  readonly directory: string;
  /** The devices that a limited scope sees, by the log's newest events, which the store may lack. */
  readonly devicesWithin: (scope: Scope) => Promise<readonly VisibleDevice[]>;
  readonly settings: QuerySettings;
  readonly space: AnswerSpace;
}

export interface QuerySettings {
  /** Maximum number of concurrent statements. Each has a process. */
  readonly processes: number;
  /** Bytes for each statement. */
  readonly memory: number;
  /** Milliseconds for each statement. */
  readonly timeMs: number;
  /** Priority of the processes that run statements and projections. */
  readonly priority: Priority;
}

/** An answer in a file. */
export interface Spooled {
  readonly head: SqlHead;
  readonly path: string;
  /** @throws FleetError `history-unavailable` if the file was changed since it was written */
  expectWhole(): void;
  /** Deletes the file. */
  release(): void;
}

const TABLES = ["registry", "status", "commands"];
/** Maximum bytes of an answer. */
const ANSWER_BYTES = 256 * 1024 ** 2;
const SPILL_BYTES = 2 * 1024 ** 3;
const WAITING = 32;
/** A killed process of a low priority needs processor time to end, which a busy machine gives it late. */
const END_MS = 2_000;

/** Runs statements in processes of their own, and keeps as many of them ready as may run at once. */
export class Queries {
  readonly #options: QueriesOptions;
  readonly #turns: Turns;
  readonly #tail: TailFiles;
  readonly #answers: string;
  readonly #shapes: readonly TableShape[];
  readonly #idle: QueryProcess[] = [];
  readonly #busy = new Set<QueryProcess>();
  #isClosed = false;

  constructor(options: QueriesOptions) {
    const { store, session, directory, settings } = options;
    this.#options = options;
    this.#turns = new Turns({ running: settings.processes, waiting: WAITING, waitMs: settings.timeMs });
    this.#tail = new TailFiles(store, session, join(directory, "tail"), ["events", ...TABLES]);
    this.#answers = join(directory, "answers");
    rmSync(this.#answers, { recursive: true, force: true });
    mkdirSync(this.#answers, { recursive: true });
    this.#shapes = store.projections.filter(({ name }) => TABLES.includes(name)).map(shapeOf);
  }

  /** Processes of this object, for tests. */
  get pids(): readonly (number | undefined)[] {
    return [...this.#busy, ...this.#idle].filter(({ isEnded }) => !isEnded).map(({ pid }) => pid);
  }

  /**
   * @param upTo default: the newest event of the store
   * @throws FleetError `invalid-request` for the statement, `query-limit`, `history-unavailable`; the signal's reason
   */
  run(request: SqlRequest, signal: AbortSignal, upTo?: UpTo): Promise<Spooled> {
    return this.#turns.run(() => this.#run(request, signal, upTo), signal);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const ended = Promise.all([...this.#idle.splice(0), ...this.#busy].map((one) => one.kill()));
    await Promise.race([ended, sleep(END_MS, undefined, { ref: false })]);
    this.#options.session.close();
  }

  async #run(
    { sql, limit, format, scope, categories }: SqlRequest,
    signal: AbortSignal,
    upTo: UpTo | undefined,
  ): Promise<Spooled> {
    signal.throwIfAborted();
    const { store, settings, space } = this.#options;
    this.#expectTables();
    const { rewrites } = store;
    const snapshot = await this.#tail.take();
    const telemetry = await this.#telemetryFor(sql).catch((error: unknown) => {
      snapshot.release();
      throw error;
    });
    // The caller's devices are looked up last, so that all events that the statement reads are known by then. If they
    // were looked up earlier, the statement could show events of a device that had left the caller's account.
    const visible = await this.#visibleTo(scope, categories).catch((error: unknown) => {
      snapshot.release();
      telemetry?.release();
      throw error;
    });
    const name = randomUUID();
    const path = join(this.#answers, name);
    const remove = () => rmSync(path, { force: true });
    const task: QueryTask = {
      ...{ sql, limit, format, visible, out: path, spill: join(this.#answers, `${name}-spill`) },
      store: {
        directory: store.directory,
        manifest: snapshot.manifest,
        tail: snapshot.tail,
        seq: snapshot.seq,
        ...(upTo !== undefined && { upTo }),
        projections: this.#shapes,
        ...(telemetry !== undefined && { telemetry: { files: telemetry.files, repeats: telemetry.repeats } }),
      },
      limits: { memory: settings.memory, bytes: ANSWER_BYTES, spill: SPILL_BYTES },
    };
    try {
      const ran = async () => {
        try {
          const othersWaitMs = () => this.#turns.longestWaitMs;
          return await this.#inProcess((one) => one.run(task, settings.timeMs, signal, othersWaitMs));
        } finally {
          // If a changed file has caused an error, that error says less than the one that is thrown here.
          await store.expectWhole(snapshot.manifest, rewrites);
          snapshot.expectWhole();
          telemetry?.expectWhole();
        }
      };
      const { head, bytes } = await ran();
      const written = new UnchangedFiles([path]);
      const giveBack = space.take(bytes);
      const release = () => {
        remove();
        giveBack();
      };
      const missing = categories.includes("telemetry") ? telemetry?.missing : undefined;
      const expectWhole = () => written.expectUnchanged();
      return { head: { ...head, ...(missing !== undefined && { missing }) }, path, expectWhole, release };
    } catch (error) {
      remove();
      rmSync(task.spill, { recursive: true, force: true });
      throw error;
    } finally {
      snapshot.release();
      telemetry?.release();
    }
  }

  async #visibleTo(scope: Scope | undefined, categories: Visible["categories"]): Promise<Visible> {
    const devices = scope && isLimited(scope) ? await this.#options.devicesWithin(scope) : undefined;
    return {
      categories,
      onlyDevices: scope?.tags !== undefined,
      ...(scope?.accounts !== undefined && { accounts: scope.accounts }),
      ...(devices !== undefined && { devices }),
    };
  }

  /** The history of an earlier release may lack tables. */
  #expectTables(): void {
    const why = this.#options.store.unavailable();
    if (why === undefined || this.#shapes.length === TABLES.length) return;
    throw new FleetError("history-unavailable", `the tables of SQL are not readable yet: ${why}`);
  }

  /** The files of telemetry, for a statement that may read them: one whose text contains the table's name. */
  async #telemetryFor(sql: string) {
    return /telemetry/i.test(sql) ? await this.#options.telemetry.take() : undefined;
  }

  async #inProcess<T>(work: (one: QueryProcess) => Promise<T>): Promise<T> {
    const one = this.#takeIdle() ?? (await QueryProcess.start(this.#options.settings.priority));
    this.#busy.add(one);
    try {
      return await work(one);
    } finally {
      this.#busy.delete(one);
      if (this.#isClosed) void one.kill();
      else if (!one.isEnded) this.#idle.push(one);
    }
  }

  #takeIdle(): QueryProcess | undefined {
    for (;;) {
      const one = this.#idle.pop();
      if (one === undefined || !one.isEnded) return one;
    }
  }
}

function shapeOf({ name, newest, ordinal, columns }: TableShape): TableShape {
  return {
    name,
    ...(newest !== undefined && { newest }),
    ...(ordinal !== undefined && { ordinal: true }),
    columns: columns.map((column) => ({ name: column.name, type: column.type })),
  };
}
