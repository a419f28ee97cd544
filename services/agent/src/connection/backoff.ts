import type { LinkEnd } from "../transport/transport.ts";

export interface BackoffOptions {
  readonly baseMs: number;
  readonly capMs: number;
  /** The same where device or token are not accepted: only a person can change that. */
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
 * How long to wait before the next attempt: exponential with full jitter (any length from nothing to the ceiling, so
 * that devices which lost their gateway together don't come back together), after what the gateway asked for. It never
 * ends; refused credentials wait at least half of their own, longer ceiling.
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
    const power = 2 ** Math.min(this.#failures, 30);
    this.#failures += 1;
    if (kind === "credentials") {
      const ceiling = Math.min(credentialsCapMs, credentialsBaseMs * power);
      return Math.round(Math.max(retryAfterMs, ceiling / 2 + (this.#random() * ceiling) / 2));
    }
    return Math.round(retryAfterMs + this.#random() * Math.min(capMs, baseMs * power));
  }

  reset(): void {
    this.#failures = 0;
  }
}
