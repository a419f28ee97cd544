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
  #stopped = false;

  constructor(log: EventLog, frame: Frame, logger: Logger) {
    this.#log = log;
    this.#frame = frame;
    this.#logger = logger;
  }

  get size(): number {
    return this.#waiting.length + this.#running;
  }

  add(closing: Closing): void {
    if (this.#stopped) return;
    this.#waiting.push(closing);
    this.#run();
  }

  /** Takes no more; what waits is left to the gateway's own last event, which ends all its sessions. */
  stop(): void {
    this.#stopped = true;
    this.#waiting.drain();
  }

  #run(): void {
    while (this.#running < AT_ONCE) {
      const closing = this.#waiting.shift();
      if (closing === undefined) return;
      this.#running++;
      void this.#append(closing).finally(() => {
        this.#running--;
        this.#run();
      });
    }
  }

  async #append({ device, epoch, reason, detail, at, consequence }: Closing): Promise<void> {
    const data = { device, epoch, reason, ...(detail !== undefined && { detail }) };
    const frame = this.#frame(device, {
      id: `${device}/closed/${epoch}`,
      time: new Date(at).toISOString(),
      ...consequence,
    });
    const event = toEvent({ type: "SessionClosed", data }, frame) as FleetEvent;
    while (!this.#stopped) {
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
