import { closeSession, type EndedSession, type Writer } from "@fleetlog/fleet";
import { Queue } from "@fleetlog/log";
import type { Logger } from "pino";

/** How many closings are on their way to the log at once. */
const AT_ONCE = 64;
const RETRY_MS = 500;

/**
 * Session ends on their way into the log. An end can't be refused, so that while the log is away they wait here, a few
 * words each, and no more of them than there were sessions.
 */
export class Closings {
  readonly #writer: Writer;
  readonly #logger: Logger;
  /** An array that is shifted would take seconds for a fleet that dropped at once. */
  readonly #waiting = new Queue<EndedSession>();
  #running = 0;
  #held = false;
  /** Sessions up to this epoch were ended by another event. */
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

  /** Until `finish`, what comes waits: the gateway's own last event may end it all. */
  hold(): void {
    this.#held = true;
  }

  /** Resolves once every end is in the log but those of sessions up to that epoch, which another event has ended. */
  async finish(endedThrough: number): Promise<void> {
    this.#held = false;
    this.#endedThrough = endedThrough;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle = resolve;
    this.#run();
    // What is on its way says nothing new.
    if (endedThrough < Number.POSITIVE_INFINITY) await promise;
  }

  #run(): void {
    while (this.#running < AT_ONCE && !this.#held) {
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
        this.#logger.warn({ err: error, device, epoch }, "a session's end is not recorded yet; trying again");
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}
