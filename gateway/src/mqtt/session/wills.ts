import type { EventLog } from "@fleetlog/log";
import type { Logger } from "pino";
import type { DeviceReports, DeviceSession } from "../../sessions/index.ts";

/** What is reported for a device when its connection ends without DISCONNECT [MQTT 3.1.2.5]. */
export interface Will {
  readonly reports: DeviceReports;
  readonly delaySeconds: number;
}

interface Delayed {
  readonly session: DeviceSession;
  readonly will: Will;
  readonly timer: NodeJS.Timeout;
}

/**
 * Wills of connections that have ended, published as reports of the device itself. A delayed one is dropped if the
 * device comes back in the meantime, on whatever node [MQTT-3.1.3-9]. A node that stops publishes delayed
 * wills early, unless the device is back: it will not be there when they are due.
 */
export class Wills {
  readonly #log: EventLog;
  readonly #logger: Logger;
  readonly #delayed = new Map<string, Delayed>();

  constructor(log: EventLog, logger: Logger) {
    this.#log = log;
    this.#logger = logger;
  }

  async publish(session: DeviceSession, will: Will): Promise<void> {
    try {
      await session.report(will.reports);
    } catch (error) {
      this.#logger.warn({ err: error, device: session.device }, "a will was not published");
    }
  }

  delay(session: DeviceSession, will: Will, seconds: number): void {
    this.cancel(session.device);
    // A timer holds 31 bits of milliseconds: longer delays end after 24 days.
    const ms = Math.min(seconds * 1_000, 0x7fff_ffff);
    const timer = setTimeout(() => void this.#due(session.device), ms).unref();
    this.#delayed.set(session.device, { session, will, timer });
  }

  /** The device carries its session on. */
  cancel(device: string): void {
    clearTimeout(this.#delayed.get(device)?.timer);
    this.#delayed.delete(device);
  }

  /** The device began a new session: the old one has ended, and its will is due [MQTT-3.1.2-10]. */
  async publishDelayed(device: string): Promise<void> {
    const delayed = this.#delayed.get(device);
    this.cancel(device);
    if (delayed !== undefined) await this.publish(delayed.session, delayed.will);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#delayed.keys()].map((device) => this.#due(device)));
  }

  async #due(device: string): Promise<void> {
    const delayed = this.#delayed.get(device);
    if (delayed === undefined) return;
    this.cancel(device);
    try {
      const last = await this.#log.last("session", device);
      // A SessionOpened newer than the session that left the will: the device is back.
      if (last?.type === "SessionOpened" && last.seq > delayed.session.epoch) return;
    } catch (error) {
      this.#logger.warn({ err: error, device }, "whether the device is back is not known; its will is published");
    }
    await this.publish(delayed.session, delayed.will);
  }
}
