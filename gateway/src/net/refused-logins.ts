import type { Logger } from "pino";

export interface RefusedLogin {
  readonly protocol: "mqtt" | "websocket";
  /** The name that the client gave: not proven, and of any length. */
  readonly login: string | undefined;
  readonly address: string;
  /** One of a few words, since metrics have a series for each. */
  readonly reason: string;
  /** For people. */
  readonly why: string;
}

export interface RefusedLoginsOptions {
  readonly logger: Logger;
  readonly count: (protocol: RefusedLogin["protocol"], reason: string) => void;
  /** Milliseconds. */
  readonly clock: () => number;
}

/** Log lines in a window, so that a client that tries for ever does not fill the disk. */
const LINES = 20;
const WINDOW_MS = 10_000;
const LONGEST = 128;

/** Counts every refused log-in, and logs as many as somebody may read. */
export class RefusedLogins {
  readonly #options: RefusedLoginsOptions;
  #began = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #leftOut = 0;

  constructor(options: RefusedLoginsOptions) {
    this.#options = options;
  }

  add({ protocol, login, address, reason, why }: RefusedLogin): void {
    const { logger, count, clock } = this.#options;
    count(protocol, reason);
    const now = clock();
    if (now - this.#began >= WINDOW_MS || now < this.#began) this.#beginWindow(now);
    if (this.#lines >= LINES) {
      // Logged at the window's end, also if no other log-in is refused.
      if (this.#leftOut++ === 0) setTimeout(() => this.#logLeftOut(), this.#began + WINDOW_MS - now).unref();
      return;
    }
    this.#lines++;
    const name = login !== undefined && login.length > LONGEST ? `${login.slice(0, LONGEST)}…` : login;
    logger.info({ protocol, login: name, peer: address, reason }, `log-in refused: ${why}`);
  }

  #beginWindow(now: number): void {
    this.#logLeftOut();
    this.#began = now;
    this.#lines = 0;
  }

  #logLeftOut(): void {
    if (this.#leftOut === 0) return;
    this.#options.logger.warn({ count: this.#leftOut }, "more log-ins were refused than are logged one by one");
    this.#leftOut = 0;
  }
}
