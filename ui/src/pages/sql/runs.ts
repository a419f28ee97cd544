import type { ReactiveController, ReactiveControllerHost } from "lit";
import { type ApiError, asApiError } from "../../data/problem.ts";
import { type QueryResult, runQuery, type Statement } from "../../data/sql.ts";

export type Run =
  | { readonly state: "none" }
  | ({ readonly state: "running"; readonly ms: number } & Statement)
  | { readonly state: "stopped" }
  | ({ readonly state: "failed"; readonly error: ApiError } & Statement)
  | ({ readonly state: "done"; readonly result: QueryResult; readonly ms: number } & Statement);

/** Runs one statement at a time. A new statement, or the removal of the host, cancels it. */
export class Runs implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #limit: number;
  #abort: AbortController | undefined;
  #clock: ReturnType<typeof setInterval> | undefined;
  last: Run = { state: "none" };

  /** @param limit rows of an answer */
  constructor(host: ReactiveControllerHost, limit: number) {
    this.#host = host;
    this.#limit = limit;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.stop();
  }

  async start(statement: Statement): Promise<void> {
    this.#abort?.abort();
    clearInterval(this.#clock);
    const abort = new AbortController();
    this.#abort = abort;
    const began = performance.now();
    const running = () => this.#set({ state: "running", ...statement, ms: performance.now() - began });
    running();
    this.#clock = setInterval(running, 1_000);
    let ended: Run;
    try {
      const result = await runQuery(statement, this.#limit, abort.signal);
      ended = { state: "done", ...statement, result, ms: performance.now() - began };
    } catch (thrown) {
      ended = { state: "failed", ...statement, error: asApiError(thrown) };
    }
    if (this.#abort !== abort) return;
    this.#abort = undefined;
    this.#set(ended);
  }

  stop(): void {
    if (this.#abort === undefined) return;
    this.#abort.abort();
    this.#abort = undefined;
    this.#set({ state: "stopped" });
  }

  #set(run: Run): void {
    if (run.state !== "running") clearInterval(this.#clock);
    this.last = run;
    this.#host.requestUpdate();
  }
}
