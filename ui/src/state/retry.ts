import { Backoff } from "@fleetlog/runtime";
import { type ApiError, isTransient } from "../data/problem.ts";
import { onRecovery } from "./recovery.ts";

const FIRST_MS = 2_000;
const LONGEST_MS = 30_000;

/**
 * Repeats a call that failed because the gateway, the log or the views were unavailable. Delays grow with each attempt.
 * On {@link onRecovery}, repeats the call at once, and the delays begin short again.
 */
export class Retry {
  readonly #act: () => void;
  readonly #backoff: Backoff;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #end: () => void = () => {};

  constructor(act: () => void, longestMs = LONGEST_MS) {
    this.#act = act;
    this.#backoff = new Backoff({ firstMs: FIRST_MS, longestMs, jitter: "none" });
  }

  failed(error: ApiError): void {
    this.#forget();
    // A refused request would be refused again.
    if (!isTransient(error)) return;
    const wait = this.#backoff.failed();
    const retry = (): void => {
      this.#forget();
      this.#act();
    };
    this.#timer = setTimeout(retry, wait);
    this.#end = onRecovery(() => {
      // A gateway that has just come back may refuse the first attempt.
      this.#backoff.succeeded();
      retry();
    });
  }

  /** Call this when the call has succeeded or is no longer needed. */
  stop(): void {
    this.#forget();
    this.#backoff.succeeded();
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.#end();
  }
}
