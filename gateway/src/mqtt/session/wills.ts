import type { EventLog } from "@fleetlog/log";
import type { Logger } from "pino";
import type { DeviceReports, DeviceSession, Sessions } from "../../sessions/index.ts";
import { persist } from "../../sessions/persist.ts";

/** Reports for the end of a connection without DISCONNECT [MQTT 3.1.2.5]. */
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
 * Publishes the wills of ended connections as reports. A delayed will is dropped if the device has reconnected
 * [MQTT-3.1.3-9], was retired, or got a new token.
 */
export class Wills {
  readonly #log: EventLog;
  readonly #sessions: Pick<Sessions, "mayReport">;
  readonly #logger: Logger;
  readonly #delayed = new Map<string, Delayed>();

  constructor(log: EventLog, sessions: Pick<Sessions, "mayReport">, logger: Logger) {
    this.#log = log;
    this.#sessions = sessions;
    this.#logger = logger;
  }

  async publish(session: DeviceSession, will: Will): Promise<void> {
    try {
      await session.report(will.reports);
    } catch (error) {
      this.#logger.warn({ err: error, device: session.device }, "could not publish a will");
    }
  }

  delay(session: DeviceSession, will: Will, seconds: number): void {
    this.cancel(session.device);
    // Node's maximum for a timer: 24 days.
    const ms = Math.min(seconds * 1_000, 0x7fff_ffff);
    const timer = setTimeout(() => void this.#due(session.device), ms).unref();
    this.#delayed.set(session.device, { session, will, timer });
  }

  /** The device has resumed its session: drops the delayed will. */
  cancel(device: string): void {
    clearTimeout(this.#delayed.get(device)?.timer);
    this.#delayed.delete(device);
  }

  /** A new session of the device ends the old session, so the will is published now [MQTT-3.1.2-10]. */
  async publishDelayed(device: string): Promise<void> {
    const delayed = this.#delayed.get(device);
    this.cancel(device);
    if (delayed !== undefined && (await this.#sessions.mayReport(delayed.session))) {
      await this.publish(delayed.session, delayed.will);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#delayed.keys()].map((device) => this.#due(device)));
  }

  async #due(device: string): Promise<void> {
    const delayed = this.#delayed.get(device);
    if (delayed === undefined) return;
    this.cancel(device);
    const { session, will } = delayed;
    let publish = false;
    // `persist` waits for the log, because the will of a retired device must not be published.
    await persist(
      async () => {
        const last = await this.#log.last("session", device);
        const reconnected = last?.type === "SessionOpened" && last.id !== session.sessionId;
        publish = !reconnected && (await this.#sessions.mayReport(session));
      },
      () => false,
      (err) => this.#logger.warn({ err, device }, "could not check whether a will is still due; trying again"),
    );
    if (publish) await this.publish(session, will);
  }
}
