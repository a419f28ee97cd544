import { FleetError } from "@fleetlog/domain";
import type { TrialRow } from "@fleetlog/protocol";
import { AnalystProcess, type AnalystProgram } from "../behind-live/analyst-process.ts";
import type { Pacer } from "../behind-live/pacer.ts";
import type { Priority } from "../behind-live/priority.ts";
import { afterProcessorTime } from "../behind-live/processor-time.ts";
import type { Answer, Task } from "./process/messages.ts";

export interface ProjectionResult {
  readonly rows: TrialRow[];
  /** Rows that are not listed. */
  readonly moreRows: number;
  /** Events that the projection was given. */
  readonly events: number;
}

const PROGRAM: AnalystProgram = {
  main: new URL("./process/main.ts", import.meta.url),
  options: ["--permission", "--allow-fs-read=*", "--disable-warning=ExperimentalWarning", "--max-old-space-size=96"],
  env: { TZ: "UTC" },
};
const START_MS = 60_000;

export interface ProjectionLimits {
  /** Milliseconds of processor time for a batch of events. */
  readonly taskMs: number;
  /**
   * Milliseconds after which the process is killed, because the code runs in a native function that can't be
   * interrupted. Measured in processor time where the system reports it, because a process with a low priority may get
   * none for a while.
   */
  readonly killMs: number;
}

export interface ProjectionStart {
  /** Ends the process. */
  readonly signal: AbortSignal;
  readonly priority: Priority;
  readonly limits?: ProjectionLimits;
  readonly pacer?: Pacer;
}

const LIMITS: ProjectionLimits = { taskMs: 2_000, killMs: 10_000 };

/**
 * An analyst's projection in a separate process: JavaScript in QuickJS in WebAssembly, without access to the machine.
 * The process has no settings of this one, writes no files and starts no processes; it is killed when it takes too
 * long.
 */
export class ProjectionProcess {
  readonly #process: AnalystProcess;
  readonly #limits: ProjectionLimits;
  readonly #signal: AbortSignal;
  #answer: PromiseWithResolvers<Answer> | undefined;
  #isEnded = false;

  private constructor(process: AnalystProcess, { signal, limits = LIMITS }: ProjectionStart) {
    this.#process = process;
    this.#limits = limits;
    this.#signal = signal;
    process.child.on("message", (message) => this.#answer?.resolve(message as Answer));
    void process.exited.then(() => {
      this.#isEnded = true;
      this.#answer?.resolve({ fault: "it needs too much memory" });
    });
    process.beginPauses();
  }

  get pid(): number | undefined {
    return this.#process.child.pid;
  }

  /**
   * @throws FleetError `invalid-request` (field `projection.code`) for code that does not compile, or fails at once;
   * the signal's reason, which all methods can throw
   */
  static async begin(code: string, start: ProjectionStart): Promise<ProjectionProcess> {
    const { signal, priority, limits = LIMITS, pacer } = start;
    const projection = new ProjectionProcess(await AnalystProcess.start(PROGRAM, { priority, pacer }), start);
    signal.addEventListener("abort", () => projection.kill(), { once: true });
    if (signal.aborted) projection.kill();
    await projection.#answered(START_MS);
    projection.#process.threadsBegun();
    await projection.#run({ type: "load", code, taskMs: limits.taskMs });
    return projection;
  }

  /**
   * @param events a JSON array
   * @throws FleetError `invalid-request` if the code fails, or takes too much time or memory. The process is then ended
   */
  async fold(events: string): Promise<void> {
    await this.#run({ type: "fold", events });
  }

  /** The rows; ends the process. @throws FleetError as `fold` */
  async finish(): Promise<ProjectionResult> {
    const result = await this.#run({ type: "finish" });
    this.kill();
    return JSON.parse(result) as ProjectionResult;
  }

  /** On a busy machine, the process may end long after this: it needs processor time for that, too. */
  kill(): void {
    this.#isEnded = true;
    this.#process.kill();
    this.#answer?.resolve({ fault: "its process has ended" });
  }

  async #run(task: Task): Promise<string> {
    const answered = this.#answered(this.#limits.killMs);
    if (!this.#isEnded) this.#process.child.send(task);
    return await answered;
  }

  async #answered(timeMs: number): Promise<string> {
    const answer = Promise.withResolvers<Answer>();
    this.#answer = answer;
    if (this.#isEnded) answer.resolve({ fault: "its process has ended" });
    const late = () => answer.resolve({ fault: `it ran longer than ${timeMs / 1_000} s` });
    const stopWaiting = afterProcessorTime(this.pid, timeMs, late);
    const found = await answer.promise;
    stopWaiting();
    if ("ok" in found) return found.ok;
    this.kill();
    this.#signal.throwIfAborted();
    throw new FleetError("invalid-request", `the projection was ended: ${found.fault}`, { field: "projection.code" });
  }
}
