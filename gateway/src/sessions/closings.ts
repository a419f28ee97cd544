import { type FleetEvent, toEvent } from "@fleetlog/domain";
import { type EventLog, Queue } from "@fleetlog/log";
import type { Logger } from "pino";
import type { SessionEnd } from "./device-session.ts";
import type { Frame } from "./frames.ts";

interface Closing extends SessionEnd {
  readonly device: string;
  readonly epoch: number;
  /** When it ended, in milliseconds. */
  readonly at: number;
}

/** How many closings are on their way to the log at once. */
const AT_ONCE = 64;
const RETRY_MS = 500;

/**
 * Session ends on their way into the log. An end can't be refused, so that while the log is away they wait here, a few
 * words each, and no more of them than there were sessions.
 */
export class Closings {
  readonly #log: EventLog;
  readonly #frame: Frame;
  readonly #logger: Logger;
  /** An array that is shifted would take seconds for a fleet that dropped at once. */
  readonly #waiting = new Queue<Closing>();
  #running = 0;
  #held = false;
  /** Sessions up to this epoch were ended by another event. */
  #endedThrough = 0;
  #idle: () => void = () => {};

  constructor(log: EventLog, frame: Frame, logger: Logger) {
    this.#log = log;
    this.#frame = frame;
    this.#logger = logger;
  }

  get size(): number {
    return this.#waiting.length + this.#running;
  }

  add(closing: Closing): void {
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

  async #append(closing: Closing): Promise<void> {
    const { device, epoch, reason, detail, at, consequence } = closing;
    const data = { device, epoch, reason, ...(detail !== undefined && { detail }) };
    const frame = this.#frame(device, {
      id: `${device}/closed/${epoch}`,
      time: new Date(at).toISOString(),
      ...consequence,
    });
    const event = toEvent({ type: "SessionClosed", data }, frame) as FleetEvent;
    while (epoch > this.#endedThrough) {
      if (this.#held) {
        this.#waiting.push(closing);
        return;
      }
      try {
        await this.#log.whenRelieved();
        await this.#log.append(event);
        return;
      } catch (error) {
        this.#logger.warn({ err: error, device, epoch }, "a session's end is not recorded yet; trying again");
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}
