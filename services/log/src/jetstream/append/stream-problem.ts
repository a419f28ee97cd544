import type { StreamName } from "@fleetlog/domain";
import type { Logger } from "../../logger.ts";
import { steadyTime } from "../../steady-time.ts";
import type { ApiErrorBody } from "../connection/api-error.ts";

export type Problem = "away" | "full" | undefined;

const LOG_AGAIN_MS = 30_000;

/** Why a stream stores no events now. Logs each change, and a lasting problem every 30 s. */
export class StreamProblem {
  readonly #stream: StreamName;
  readonly #logger: Logger;
  #problem: Problem;
  #loggedAt = 0;
  #refusalLoggedAt = 0;

  constructor(stream: StreamName, logger: Logger) {
    this.#stream = stream;
    this.#logger = logger;
  }

  get now(): Problem {
    return this.#problem;
  }

  /**
   * @param isProven whether the stream has stored or refused an event
   * @returns whether the problem is another one than before
   */
  set(problem: Problem, isProven: boolean, waiting: number, error: ApiErrorBody | undefined): boolean {
    const now = steadyTime();
    if (problem !== undefined && (problem !== this.#problem || now - this.#loggedAt > LOG_AGAIN_MS)) {
      this.#loggedAt = now;
      const details = { stream: this.#stream, waiting, error };
      if (problem === "full")
        this.#logger.error(details, "the log is full and refuses new events until there is space");
      else this.#logger.warn(details, "the log can't store events now; they are queued");
    }
    if (problem === this.#problem) return false;
    if (problem === undefined && isProven) this.#logger.info({ stream: this.#stream }, "the log stores events again");
    this.#problem = problem;
    return true;
  }

  batchRefused(appends: number, error: ApiErrorBody): void {
    const now = steadyTime();
    if (now - this.#refusalLoggedAt < LOG_AGAIN_MS) return;
    this.#refusalLoggedAt = now;
    this.#logger.warn(
      { stream: this.#stream, appends, error },
      "the log refused a batch; storing its events one by one",
    );
  }

  batchNotAtomic(): void {
    this.#logger.warn(
      { stream: this.#stream },
      "the stream is on an older nats-server than this process's; storing its events one by one",
    );
  }
}
