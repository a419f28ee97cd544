import { shortened } from "@fleetlog/domain";
import type { Logger } from "pino";

export interface RefusedLogin {
  readonly protocol: "mqtt" | "websocket";
  /** The name that the client gave: unverified, and of any length. */
  readonly login: string | undefined;
  readonly address: string;
  /** One of a few fixed values, because it is a metric label. */
  readonly reason: string;
  /** The reason in a sentence for people. */
  readonly why: string;
}

export interface RefusedLoginsOptions {
  readonly logger: Logger;
  readonly count: (protocol: RefusedLogin["protocol"], reason: string) => void;
  /** Milliseconds. */
  readonly clock: () => number;
}

/** Log lines in a window, so that a client that keeps trying does not fill the disk. */
const MAX_LINES = 20;
const WINDOW_MS = 10_000;

/** Counts every refused log-in, and logs a limited number of them. */
export class RefusedLogins {
  readonly #options: RefusedLoginsOptions;
  #windowStart = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #omitted = 0;

  constructor(options: RefusedLoginsOptions) {
    this.#options = options;
  }

  add({ protocol, login, address, reason, why }: RefusedLogin): void {
    const { logger, count, clock } = this.#options;
    count(protocol, reason);
    const now = clock();
    if (now - this.#windowStart >= WINDOW_MS || now < this.#windowStart) this.#startWindow(now);
    if (this.#lines >= MAX_LINES) {
      // Logged at the window's end, also if no other log-in is refused.
      if (this.#omitted++ === 0) setTimeout(() => this.#logOmitted(), this.#windowStart + WINDOW_MS - now).unref();
      return;
    }
    this.#lines++;
    const name = login === undefined ? undefined : shortened(login);
    logger.info({ protocol, login: name, peer: address, reason }, `log-in refused: ${why}`);
  }

  #startWindow(now: number): void {
    this.#logOmitted();
    this.#windowStart = now;
    this.#lines = 0;
  }

  #logOmitted(): void {
    if (this.#omitted === 0) return;
    this.#options.logger.warn({ count: this.#omitted }, "more log-ins were refused than were logged");
    this.#omitted = 0;
  }
}
