import { setTimeout as sleep } from "node:timers/promises";
import { type ErrorCode, FleetError } from "@fleetlog/domain";
import { Backoff } from "@fleetlog/runtime";

export interface RetryLimits {
  /** Milliseconds for which one query waits. */
  readonly eachMs: number;
  /** Milliseconds after the first unanswered query in which further queries may wait. */
  readonly allMs: number;
  /** Number of waiting queries; further queries fail at once. */
  readonly waiting: number;
}

/** The usual limits: a restarted projector answers within a second or two. */
export const RETRY_LIMITS: RetryLimits = { eachMs: 2_500, allMs: 15_000, waiting: 256 };
const PAUSES = { firstMs: 50, longestMs: 250, jitter: "none" } as const;

/** Retries queries while no process answers them. Bounded in time and number, so that queries do not pile up. */
export class RetryWhileAway {
  readonly #limits: RetryLimits;
  readonly #code: ErrorCode;
  /** Monotonic time of the first unanswered query since the last answer. */
  #awaySince: number | undefined;
  #waiting = 0;

  /** @param code error of a query that no process answers */
  constructor(limits: RetryLimits, code: ErrorCode = "view-unavailable") {
    this.#limits = limits;
    this.#code = code;
  }

  /** @throws FleetError with the code over the limits; any other error of the query at once */
  async run<T>(query: () => Promise<T>): Promise<T> {
    const limits = this.#limits;
    const until = performance.now() + limits.eachMs;
    const backoff = new Backoff(PAUSES);
    let waits = false;
    try {
      for (;;) {
        let pause: number;
        try {
          const answer = await query();
          this.#awaySince = undefined;
          return answer;
        } catch (error) {
          if (!(error instanceof FleetError) || error.code !== this.#code) throw error;
          pause = backoff.failed();
          const now = performance.now();
          this.#awaySince ??= now;
          const full = !waits && this.#waiting >= limits.waiting;
          if (full || now + pause > until || now - this.#awaySince > limits.allMs) throw error;
        }
        if (!waits) this.#waiting++;
        waits = true;
        await sleep(pause);
      }
    } finally {
      if (waits) this.#waiting--;
    }
  }
}
