import { FleetError } from "@fleetlog/domain";
import { formatDuration } from "@fleetlog/runtime";
import { AnalystProcess, type AnalystProgram } from "../behind-live/analyst-process.ts";
import { pacer as allProcesses, type Pacer } from "../behind-live/pacer.ts";
import type { Priority } from "../behind-live/priority.ts";
import { processorMs } from "../behind-live/processor-time.ts";
import { afterUnpausedTime } from "../behind-live/unpaused-time.ts";
import { type QueryAnswer, type QueryError, type QueryTask, TOO_MUCH } from "./process/messages.ts";

const PROGRAM: AnalystProgram = {
  main: new URL("./process/main.ts", import.meta.url),
  options: ["--disable-warning=ExperimentalWarning", "--max-old-space-size=256"],
  env: { TZ: "UTC", UV_THREADPOOL_SIZE: "2" },
  serialization: "advanced",
};
/** The start takes half a second of processor time. On a busy machine, a process of a low priority may wait long for that. */
const START_MS = 60_000;
const RETRY_MS = 1_000;

export interface QueryProcessOptions {
  /** Milliseconds for which a statement waits for the start. */
  readonly startMs?: number;
  /** Pauses the process while it starts or runs a statement; default: as {@link AnalystProcess}. */
  readonly pacer?: Pacer;
}

/** A process that runs one statement at a time. The process is ended if a statement takes too long, or if nobody waits for it. */
export class QueryProcess {
  readonly #process: AnalystProcess;
  readonly #startMs: number;
  readonly #pacer: Pacer;
  readonly #ready: Promise<void>;
  /**
   * The answer of the running statement. Only this one is kept, so a process that has run many statements holds no
   * earlier answer.
   */
  #answer: PromiseWithResolvers<unknown> | undefined;
  #isEnded = false;

  private constructor(process: AnalystProcess, startMs: number, pacer: Pacer) {
    this.#process = process;
    this.#startMs = startMs;
    this.#pacer = pacer;
    process.child.on("message", (message) => this.#answer?.resolve(message));
    void process.exited.then((by) => {
      this.#isEnded = true;
      this.#answer?.reject(endedBy(by));
    });
    process.beginPauses();
    this.#ready = this.#message<unknown>().then(() => {
      process.threadsBegun();
      process.endPauses();
    });
    this.#ready.catch(() => {});
  }

  /** Does not wait until the process has started. */
  static async start(
    priority: Priority,
    { startMs = START_MS, pacer }: QueryProcessOptions = {},
  ): Promise<QueryProcess> {
    return new QueryProcess(await AnalystProcess.start(PROGRAM, { priority, pacer }), startMs, pacer ?? allProcesses);
  }

  get pid(): number | undefined {
    return this.#process.child.pid;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /**
   * @param othersWaitMs see {@link afterUnpausedTime}
   * @throws FleetError `invalid-request` for the statement, `query-limit`, `history-unavailable` if the process ended;
   * the signal's reason
   */
  async run(
    task: QueryTask,
    timeMs: number,
    signal: AbortSignal,
    othersWaitMs?: () => number | undefined,
  ): Promise<Exclude<QueryAnswer, { error: unknown }>> {
    await this.#started(signal);
    const kill = () => void this.kill();
    const before = processorMs(this.pid);
    const begun = performance.now();
    let late: FleetError | undefined;
    const end = () => {
      late = tooLong(timeMs, performance.now() - begun, (processorMs(this.pid) ?? Number.NaN) - (before ?? 0));
      kill();
    };
    const stopWaiting = afterUnpausedTime(timeMs, end, {
      pausedMs: () => this.#pacer.pausedMs,
      ...(othersWaitMs !== undefined && { othersWaitMs }),
    });
    this.#process.beginPauses();
    signal.addEventListener("abort", kill, { once: true });
    try {
      const answered = this.#message<QueryAnswer>();
      this.#process.child.send(task);
      const answer = await answered;
      if (!("error" in answer)) return answer;
      // The process ends by itself now.
      if (answer.error.message === TOO_MUCH.message) await this.#process.exited;
      throw errorOf(answer.error);
    } catch (error) {
      signal.throwIfAborted();
      throw late ?? error;
    } finally {
      this.#process.endPauses();
      stopWaiting();
      signal.removeEventListener("abort", kill);
    }
  }

  /** Resolves when the process has ended. */
  async kill(): Promise<void> {
    this.#process.kill();
    await this.#process.exited;
  }

  /** The start goes on although nobody waits for it any more: the next statement needs the process. */
  async #started(signal: AbortSignal): Promise<void> {
    const given = Promise.withResolvers<never>();
    const abort = () => given.reject(signal.reason);
    const timer = setTimeout(() => given.reject(slowStart(this.#startMs)), this.#startMs);
    signal.addEventListener("abort", abort, { once: true });
    try {
      signal.throwIfAborted();
      await Promise.race([this.#ready, given.promise]);
      signal.throwIfAborted();
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
  }

  #message<T>(): Promise<T> {
    const answer = Promise.withResolvers<T>();
    this.#answer = answer as PromiseWithResolvers<unknown>;
    if (this.#isEnded) answer.reject(endedBy(null));
    return answer.promise;
  }
}

function slowStart(startMs: number): FleetError {
  const message = `the process of the query has not started within ${formatDuration(startMs)}`;
  return new FleetError("history-unavailable", message, {
    advice: "Other processes come first. Try again when the machine is less busy.",
    retryAfterMs: RETRY_MS,
  });
}

/**
 * @param passedMs by the clock; more than the limit if the process was paused
 * @param usedMs processor time, NaN if unknown
 */
function tooLong(timeMs: number, passedMs: number, usedMs: number): FleetError {
  const isStarved = usedMs < timeMs / 2;
  return new FleetError("query-limit", `the query ran longer than ${formatDuration(timeMs)}`, {
    advice: isStarved
      ? `It had a processor for ${inSeconds(usedMs)} of ${inSeconds(passedMs)}, because other processes come first. Try again when the machine is less busy.`
      : "Add conditions, such as on seq or time, and check that each join has one.",
  });
}

function inSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** An internal error has paths of this machine: it is logged, and its text is not sent. */
function errorOf({ code, message, field, advice }: QueryError): Error {
  if (code === "internal") return new Error(message);
  return new FleetError(code, message, {
    ...(field !== undefined && { field }),
    ...(advice !== undefined && { advice }),
  });
}

/** Node.js aborts if its own memory is not enough. */
function endedBy(signal: NodeJS.Signals | null): Error {
  if (signal === "SIGABRT") return errorOf(TOO_MUCH);
  return new FleetError("history-unavailable", "the process of the query ended", { retryAfterMs: RETRY_MS });
}
