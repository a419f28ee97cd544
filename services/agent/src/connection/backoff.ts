import { pauseAfter } from "@fleetlog/runtime";
import type { LinkEnd } from "../transport/transport.ts";

export interface BackoffOptions {
  readonly baseMs: number;
  readonly capMs: number;
  /** `baseMs` and `capMs` after refused credentials, which only a person can correct. */
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
 * The delay before the next attempt: the time that the gateway asked for, plus a random time up to a ceiling (full
 * jitter). The ceiling doubles with each failure. So devices that lost their gateway together do not reconnect at the
 * same moment. The agent never gives up. After refused credentials the ceiling is higher, and the delay is at least
 * half of the ceiling.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #random: () => number;
  #failures = 0;

  constructor(options: BackoffOptions, random: () => number) {
    this.#options = options;
    this.#random = random;
  }

  /** Attempts since the last {@link reset}. */
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
