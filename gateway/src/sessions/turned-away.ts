import type { Logger } from "pino";

export interface Stranger {
  readonly protocol: "mqtt" | "websocket";
  /** As it calls itself: nothing of it is proven, and it may be of any length. */
  readonly device: string | undefined;
  readonly address: string;
  /** One of a few words, since metrics have a series for each. */
  readonly reason: string;
  /** For people. */
  readonly why: string;
}

export interface TurnedAwayOptions {
  readonly logger: Logger;
  readonly count: (protocol: Stranger["protocol"], reason: string) => void;
  /** Milliseconds. */
  readonly clock: () => number;
}

/** Lines in a window, so that whoever knocks without end fills no disk. */
const LINES = 20;
const WINDOW_MS = 10_000;
const LONGEST = 128;

/** Who was not let in, and why: each is counted, and the log tells of as many as somebody may read. */
export class TurnedAway {
  readonly #options: TurnedAwayOptions;
  #began = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #leftOut = 0;

  constructor(options: TurnedAwayOptions) {
    this.#options = options;
  }

  add({ protocol, device, address, reason, why }: Stranger): void {
    const { logger, count, clock } = this.#options;
    count(protocol, reason);
    const now = clock();
    if (now - this.#began >= WINDOW_MS || now < this.#began) this.#begin(now);
    if (this.#lines >= LINES) {
      // Said at the window's end, also if nobody knocks again.
      if (this.#leftOut++ === 0) setTimeout(() => this.#tell(), this.#began + WINDOW_MS - now).unref();
      return;
    }
    this.#lines++;
    const claimed = device !== undefined && device.length > LONGEST ? `${device.slice(0, LONGEST)}…` : device;
    logger.info({ protocol, device: claimed, peer: address, reason }, `a log-in is refused: ${why}`);
  }

  #begin(now: number): void {
    this.#tell();
    this.#began = now;
    this.#lines = 0;
  }

  #tell(): void {
    if (this.#leftOut === 0) return;
    this.#options.logger.warn({ count: this.#leftOut }, "more log-ins were refused than are logged one by one");
    this.#leftOut = 0;
  }
}
