import { pauseAfter } from "@fleetlog/runtime";
import type { LinkEnd } from "../transport/transport.ts";

export interface BackoffOptions {
  readonly baseMs: number;
  readonly capMs: number;
  /** The first ceiling after refused credentials: a person has to correct them. */
  readonly credentialsBaseMs: number;
  readonly credentialsCapMs: number;
}

export const DEFAULT_BACKOFF: BackoffOptions = {
  baseMs: 1_000,
  capMs: 60_000,
  credentialsBaseMs: 60_000,
  credentialsCapMs: 900_000,
};

/**
 * Delays before the next attempt. A ceiling doubles with each failure. The delay is the one that the gateway asked for,
 * plus a random time up to the ceiling. After refused credentials it is at least half of the ceiling, at most the ceiling,
 * and never less than the gateway asked for.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #random: () => number;
  #failures = 0;

  constructor(options: BackoffOptions, random: () => number) {
    this.#options = options;
    this.#random = random;
  }

  get failures(): number {
    return this.#failures;
  }

  next({ kind, retryAfterMs = 0 }: LinkEnd): number {
    const { baseMs, capMs, credentialsBaseMs, credentialsCapMs } = this.#options;
    this.#failures += 1;
    if (kind === "credentials") {
      const pauses = { firstMs: credentialsBaseMs, longestMs: credentialsCapMs, jitter: "half" } as const;
      return Math.max(Math.round(retryAfterMs), pauseAfter(this.#failures, pauses, this.#random));
    }
    const pauses = { firstMs: baseMs, longestMs: capMs, jitter: "full" } as const;
    return Math.round(retryAfterMs) + pauseAfter(this.#failures, pauses, this.#random);
  }

  reset(): void {
    this.#failures = 0;
  }
}
