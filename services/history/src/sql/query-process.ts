import { type ChildProcess, fork } from "node:child_process";
import { FleetError } from "@fleetlog/domain";
import { formatDuration } from "@fleetlog/runtime";
import { IN_OWN_SESSION, type Priority, putBehindLive } from "../requests/behind-live.ts";
import { processorMs } from "../requests/processor-time.ts";
import { type QueryAnswer, type QueryError, type QueryTask, TOO_MUCH } from "./process/messages.ts";

const MAIN = new URL("./process/main.ts", import.meta.url);
/** The start takes half a second of processor time. On a busy machine, a process of a low priority may wait long for that. */
const START_MS = 60_000;
const RETRY_MS = 1_000;

/** A process that runs one statement at a time. The process is ended if a statement takes too long, or if nobody waits for it. */
export class QueryProcess {
  readonly #startMs: number;
  readonly #child: ChildProcess;
  readonly #ready: Promise<void>;
  readonly #exited: Promise<NodeJS.Signals | null>;
  /**
   * The answer of the running statement. Only this one is kept, so a process that has run many statements holds no
   * earlier answer.
   */
  #answer: PromiseWithResolvers<unknown> | undefined;
  #isEnded = false;

  /** @param startMs milliseconds for which a statement waits for the start */
  constructor(priority: Priority, startMs: number = START_MS) {
    this.#startMs = startMs;
    // Without the settings of this process, some of which are secret.
    this.#child = fork(MAIN, [], {
      env: { TZ: "UTC", UV_THREADPOOL_SIZE: "2" },
      execArgv: ["--disable-warning=ExperimentalWarning", "--max-old-space-size=256"],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      detached: IN_OWN_SESSION,
    });
    const { pid } = this.#child;
    void putBehindLive(pid, priority);
    const { promise, resolve } = Promise.withResolvers<NodeJS.Signals | null>();
    this.#exited = promise;
    this.#child.once("exit", (_, by) => resolve(by));
    this.#child.once("error", () => resolve(null));
    this.#child.on("message", (message) => this.#answer?.resolve(message));
    void this.#exited.then((by) => {
      this.#isEnded = true;
      this.#answer?.reject(endedBy(by));
    });
    this.#ready = this.#message<unknown>().then(() => putBehindLive(pid, priority));
    this.#ready.catch(() => {});
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /**
   * @throws FleetError `invalid-request` for the statement, `query-limit`, `history-unavailable` if the process ended;
   * the signal's reason
   */
  async run(task: QueryTask, timeMs: number, signal: AbortSignal): Promise<Exclude<QueryAnswer, { error: unknown }>> {
    await this.#started(signal);
    const kill = () => void this.kill();
    const before = processorMs(this.pid) ?? 0;
    let isLate = false;
    let usedMs: number | undefined;
    const timer = setTimeout(() => {
      isLate = true;
      const used = processorMs(this.pid);
      usedMs = used === undefined ? undefined : used - before;
      kill();
    }, timeMs);
    signal.addEventListener("abort", kill, { once: true });
    try {
      const answered = this.#message<QueryAnswer>();
      this.#child.send(task);
      const answer = await answered;
      if (!("error" in answer)) return answer;
      // The process ends by itself now.
      if (answer.error.message === TOO_MUCH.message) await this.#exited;
      throw errorOf(answer.error);
    } catch (error) {
      signal.throwIfAborted();
      if (!isLate) throw error;
      throw tooLong(timeMs, usedMs, error);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", kill);
    }
  }

  /** Resolves when the process has ended. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
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

/** @param usedMs processor time, if known */
function tooLong(timeMs: number, usedMs: number | undefined, cause: unknown): FleetError {
  const isStarved = usedMs !== undefined && usedMs < timeMs / 2;
  return new FleetError("query-limit", `the query ran longer than ${formatDuration(timeMs)}`, {
    advice: isStarved
      ? `It had a processor for ${(usedMs / 1_000).toFixed(1)} s of this time, because other processes come first. Try again when the machine is less busy.`
      : "Add conditions, such as on seq or time, and check that each join has one.",
    cause,
  });
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
