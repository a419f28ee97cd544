import { closeSession, type EndedSession, type Writer } from "@fleetlog/fleet";
import { Queue } from "@fleetlog/log";
import type { Logger } from "pino";

const MAX_CONCURRENT = 64;
const RETRY_MS = 500;

/** Appends the ends of sessions to the log. They wait here while the log is unavailable; each session has only one. */
export class Closings {
  readonly #writer: Writer;
  readonly #logger: Logger;
  /** An array's shift() would take seconds when a whole fleet disconnects at once. */
  readonly #waiting = new Queue<EndedSession>();
  #running = 0;
  #held = false;
  /** Another event has ended the sessions up to this epoch. */
  #endedThrough = 0;
  #idle: () => void = () => {};

  constructor(writer: Writer, logger: Logger) {
    this.#writer = writer;
    this.#logger = logger;
  }

  get size(): number {
    return this.#waiting.length + this.#running;
  }

  add(closing: EndedSession): void {
    this.#waiting.push(closing);
    this.#run();
  }

  /** Appends nothing until `finish`, because GatewayStopped may end all of these sessions. */
  hold(): void {
    this.#held = true;
  }

  /**
   * Resolves when the ends of all sessions after `endedThrough` are in the log. Another event has ended the sessions up
   * to `endedThrough`.
   */
  async finish(endedThrough: number): Promise<void> {
    this.#held = false;
    this.#endedThrough = endedThrough;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle = resolve;
    this.#run();
    // If another event has ended all sessions (an infinite epoch), the running appends need not be awaited.
    if (endedThrough < Number.POSITIVE_INFINITY) await promise;
  }

  #run(): void {
    while (this.#running < MAX_CONCURRENT && !this.#held) {
      const closing = this.#waiting.shift();
      if (closing === undefined) break;
      if (closing.epoch <= this.#endedThrough) continue;
      this.#running++;
      void this.#append(closing).finally(() => {
        this.#running--;
        this.#run();
      });
    }
    if (this.size === 0) this.#idle();
  }

  async #append(closing: EndedSession): Promise<void> {
    const { device, epoch } = closing;
    const writer = this.#writer;
    while (epoch > this.#endedThrough) {
      if (this.#held) {
        this.#waiting.push(closing);
        return;
      }
      try {
        await writer.whenRelieved();
        await closeSession({ writer }, closing);
        return;
      } catch (error) {
        this.#logger.warn({ err: error, device, epoch }, "could not record the end of a session; trying again");
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}
