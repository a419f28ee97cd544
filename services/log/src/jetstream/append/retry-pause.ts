import { pauseAfter } from "@fleetlog/runtime";
import type { PipelineTiming } from "./pipeline-host.ts";
import type { Problem } from "./stream-problem.ts";

/** The pause before failed appends are sent again. It grows with the failures in a row, unless the stream is full. */
export class RetryPause {
  readonly #timing: Pick<PipelineTiming, "pauseMs" | "fullPauseMs">;
  readonly #onEnd: () => void;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(timing: Pick<PipelineTiming, "pauseMs" | "fullPauseMs">, onEnd: () => void) {
    this.#timing = timing;
    this.#onEnd = onEnd;
  }

  /** Call after a failure. The new pause replaces one that has not ended. */
  start(problem: Problem): void {
    this.#failures += 1;
    const { pauseMs, fullPauseMs } = this.#timing;
    const [firstMs, longestMs] = problem === "full" ? [fullPauseMs, fullPauseMs] : pauseMs;
    clearTimeout(this.#timer);
    const pause = pauseAfter(this.#failures, { firstMs, longestMs, jitter: "half" });
    this.#timer = setTimeout(this.#onEnd, pause);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Makes the next pause the shortest again. */
  reset(): void {
    this.#failures = 0;
  }
}
