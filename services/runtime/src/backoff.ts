export interface BackoffOptions {
  /** Maximum pause after the first failure. Each further failure in a row doubles the maximum. */
  readonly firstMs: number;
  /** Upper limit of every pause. */
  readonly longestMs: number;
  /**
   * How much of a pause is random, so that clients which failed together don't try again together. `full`: all of it;
   * `half`: its second half, so that the pause is never short; `none`: for callers without competitors.
   */
  readonly jitter: "full" | "half" | "none";
}

/** Limits the exponent: 2 ** 30 exceeds every practical limit, and a larger exponent would overflow to infinity. */
const MOST_DOUBLINGS = 30;

/**
 * How long to wait before the next attempt, in whole milliseconds.
 * @param failures in a row, from 1
 */
export function pauseAfter(
  failures: number,
  { firstMs, longestMs, jitter }: BackoffOptions,
  random: () => number = Math.random,
): number {
  const ceiling = Math.min(longestMs, firstMs * 2 ** Math.min(MOST_DOUBLINGS, Math.max(0, failures - 1)));
  if (jitter === "none") return Math.round(ceiling);
  return Math.round(jitter === "full" ? random() * ceiling : ceiling / 2 + (random() * ceiling) / 2);
}

/**
 * Exponential back-off: counts failures and computes the pause after each. It does not limit the number of attempts.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #random: () => number;
  #failures = 0;

  constructor(options: BackoffOptions, random: () => number = Math.random) {
    this.#options = options;
    this.#random = random;
  }

  /** Failures since the last success. */
  get failures(): number {
    return this.#failures;
  }

  /** Counts a failure. @returns milliseconds to wait before the next attempt */
  failed(): number {
    return pauseAfter(++this.#failures, this.#options, this.#random);
  }

  succeeded(): void {
    this.#failures = 0;
  }
}
