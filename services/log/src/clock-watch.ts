import type { Backbone } from "./backbone.ts";
import type { Logger } from "./logger.ts";

/** A clock is `off` by `warnMs` or more, and `wrong` by `limitMs` or more. */
export type ClockState = "right" | "off" | "wrong";

export interface ClockReading {
  readonly state: ClockState;
  /**
   * Milliseconds that this clock is ahead; negative if it is behind. It changes only as far as the time of a round trip
   * proves.
   */
  readonly offsetMs: number;
}

export interface ClockWatchOptions {
  readonly backbone: Pick<Backbone, "serverTime">;
  readonly now: () => number;
  /** From this difference on, a warning is logged. */
  readonly warnMs: number;
  /** From this difference on, the process is not ready. */
  readonly limitMs: number;
  readonly logger: Logger;
  readonly everyMs?: number;
}

const EVERY_MS = 5_000;
const LONGEST_FIRST_MS = 2_000;

/**
 * Compares this machine's clock with that of NATS' server, which all processes share. The server's time lies between
 * request and answer, so a slow answer proves little.
 */
export class ClockWatch {
  readonly #options: ClockWatchOptions;
  #offsetMs = 0;
  #state: ClockState = "right";
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: ClockWatchOptions) {
    this.#options = options;
  }

  get reading(): ClockReading {
    return { state: this.#state, offsetMs: this.#offsetMs };
  }

  get problem(): string | undefined {
    return this.#state === "wrong" ? `${this.#difference()}. ${ADVICE}` : undefined;
  }

  correctedNow(): number {
    return this.#options.now() - this.#offsetMs;
  }

  /** Compares the clocks now and periodically. Resolves after the first comparison, at the latest after two seconds. */
  async start(): Promise<void> {
    let timeout: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timeout = setTimeout(resolve, LONGEST_FIRST_MS).unref();
    });
    await Promise.race([this.#run(), late]);
    clearTimeout(timeout);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Keeps the last result while the server does not answer. */
  async compare(): Promise<void> {
    const { backbone, now } = this.#options;
    const sent = now();
    const server = await backbone.serverTime().catch(() => undefined);
    if (server === undefined) return;
    const received = now();
    // The offset is between these two values; the value nearest to the last offset is taken.
    const [low, high] = [sent - server, received - server];
    this.#update(Math.min(Math.max(this.#offsetMs, Math.min(low, high)), Math.max(low, high)));
  }

  async #run(): Promise<void> {
    await this.compare();
    const { everyMs = EVERY_MS } = this.#options;
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#run(), everyMs).unref();
  }

  #update(offsetMs: number): void {
    const { warnMs, limitMs, logger } = this.#options;
    this.#offsetMs = offsetMs;
    const difference = Math.abs(offsetMs);
    const state = difference >= limitMs ? "wrong" : difference >= warnMs ? "off" : "right";
    if (state === this.#state) return;
    this.#state = state;
    if (state === "right") logger.info({ offsetMs }, "this machine's clock agrees with that of NATS' server again");
    else logger.warn({ offsetMs }, `${this.#difference()}; ${ADVICE}`);
  }

  #difference(): string {
    const seconds = (Math.abs(this.#offsetMs) / 1_000).toFixed(1);
    return `this machine's clock is ${seconds} s ${this.#offsetMs > 0 ? "ahead of" : "behind"} that of NATS' server`;
  }
}

const ADVICE = "Deadlines depend on this clock: synchronize it and the server's (NTP)";
