import { type ApiError, isPassing } from "../data/problem.ts";
import { onRecovery } from "./recovery.ts";

const FIRST_MS = 2_000;
const LONGEST_MS = 30_000;

/**
 * Tries again by itself what failed for want of a gateway, of the log or of its views: nobody has to wait by the button.
 * At once when one of them is known to be back.
 */
export class Retry {
  readonly #again: () => void;
  readonly #longestMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #end: () => void = () => {};
  #failures = 0;

  constructor(again: () => void, longestMs = LONGEST_MS) {
    this.#again = again;
    this.#longestMs = longestMs;
  }

  failed(error: ApiError): void {
    this.#forget();
    // What was refused would be refused again.
    if (!isPassing(error)) return;
    const wait = Math.min(this.#longestMs, FIRST_MS * 2 ** this.#failures++);
    const again = (): void => {
      this.#forget();
      this.#again();
    };
    this.#timer = setTimeout(again, wait);
    this.#end = onRecovery(again);
  }

  /** It worked, or nobody wants it any more. */
  stop(): void {
    this.#forget();
    this.#failures = 0;
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.#end();
  }
}
