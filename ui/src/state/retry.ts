import type { ApiError } from "../data/problem.ts";

const FIRST_MS = 2_000;
const LONGEST_MS = 30_000;

/** Tries again by itself what failed for want of a gateway or of its views: nobody has to wait by the button. */
export class Retry {
  readonly #again: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;

  constructor(again: () => void) {
    this.#again = again;
  }

  failed({ status }: ApiError): void {
    clearTimeout(this.#timer);
    // What was refused would be refused again.
    if (status !== 0 && status < 500) return;
    const wait = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#failures++);
    this.#timer = setTimeout(this.#again, wait);
  }

  /** It worked, or nobody wants it any more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#failures = 0;
  }
}
