export interface BackoffOptions {
  /** Maximum pause after the first failure; doubles with each further failure in a row. */
  readonly firstMs: number;
  readonly longestMs: number;
  /**
   * Random part of a pause, so that clients that failed together do not retry together: all (`full`), the second half
   * (`half`), or nothing (`none`).
   */
  readonly jitter: "full" | "half" | "none";
}

const MAX_DOUBLINGS = 30;

/**
 * @param failures in a row, from 1
 * @returns whole milliseconds
 */
export function pauseAfter(
  failures: number,
  { firstMs, longestMs, jitter }: BackoffOptions,
  random: () => number = Math.random,
): number {
  const ceiling = Math.min(longestMs, firstMs * 2 ** Math.min(MAX_DOUBLINGS, Math.max(0, failures - 1)));
  if (jitter === "none") return Math.round(ceiling);
  return Math.round(jitter === "full" ? random() * ceiling : ceiling / 2 + (random() * ceiling) / 2);
}

export class Backoff {
  readonly #options: BackoffOptions;
  readonly #random: () => number;
  #failures = 0;

  constructor(options: BackoffOptions, random: () => number = Math.random) {
    this.#options = options;
    this.#random = random;
  }

  get failures(): number {
    return this.#failures;
  }

  /** @returns milliseconds to wait before the next attempt */
  failed(): number {
    return pauseAfter(++this.#failures, this.#options, this.#random);
  }

  succeeded(): void {
    this.#failures = 0;
  }
}
