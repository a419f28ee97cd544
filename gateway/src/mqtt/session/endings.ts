import { type CloseReason, isRevoked } from "@fleetlog/domain";
import type { Logger } from "pino";
import type { DeviceSession } from "../../sessions/index.ts";
import type { Inbound } from "./inbound.ts";
import type { Sent } from "./outbound.ts";
import { MOST_LISTED } from "./received.ts";
import { recordOf } from "./record.ts";
import type { SessionStore } from "./store.ts";
import type { TopicSubscriptions } from "./subscriptions.ts";
import type { Will, Wills } from "./wills.ts";

export interface EndedConnection {
  readonly session: DeviceSession;
  readonly reason: CloseReason;
  readonly expirySeconds: number;
  readonly subscriptions: TopicSubscriptions;
  readonly inbound: Inbound;
  readonly sent: readonly Sent[];
  readonly revision: number | undefined;
  readonly will: Will | undefined;
}

export type EndingMode = "serving" | "stopping";

/** Publishes the will and stores the session of each ended connection. */
export class Endings {
  readonly #store: SessionStore;
  readonly #wills: Wills;
  readonly #clock: () => number;
  readonly #logger: Logger;
  readonly #pending = new Map<string, Promise<void>>();
  mode: EndingMode = "serving";

  constructor(store: SessionStore, wills: Wills, clock: () => number, logger: Logger) {
    this.#store = store;
    this.#wills = wills;
    this.#clock = clock;
    this.#logger = logger;
  }

  add(ended: EndedConnection): void {
    const { device } = ended.session;
    const settled = this.#settle(ended, this.#pending.get(device)).finally(() => {
      if (this.#pending.get(device) === settled) this.#pending.delete(device);
    });
    this.#pending.set(device, settled);
  }

  async whenDone(device: string): Promise<void> {
    await this.#pending.get(device);
  }

  async whenAllDone(): Promise<void> {
    await Promise.all(this.#pending.values());
  }

  async #settle(ended: EndedConnection, before: Promise<void> | undefined): Promise<void> {
    await before;
    await Promise.all([this.#publishWill(ended), this.#saveSession(ended)]);
  }

  async #publishWill({ session, reason, will, expirySeconds }: EndedConnection): Promise<void> {
    if (will === undefined || isRevoked(reason)) return;
    // [MQTT5 3.1.3.2.2] A will is published after its delay, or when the session expires if that is earlier.
    const delay = Math.min(will.delaySeconds, expirySeconds);
    if (delay === 0) await this.#wills.publish(session, will);
    // A stopping node drops the delayed wills of connections that it closes: their devices should reconnect in time.
    else if (this.mode === "serving") this.#wills.delay(session, will, delay);
  }

  async #saveSession(ended: EndedConnection): Promise<void> {
    const { session, reason, expirySeconds, inbound, revision } = ended;
    const { device } = session;
    try {
      if (expirySeconds === 0) {
        if (revision !== undefined && reason !== "superseded") await this.#store.discard(device, session.reference);
        return;
      }
      // A newer connection may have deleted this session.
      if (reason === "superseded" && revision === undefined) return;
      await inbound.whenStored();
      const record = { ...recordOf(session, ended), endedAt: this.#clock() };
      const unreleased = record.received.length;
      if (unreleased > MOST_LISTED)
        this.#logger.warn({ device, unreleased }, "a device has not released (PUBREL) many of its QoS 2 publications");
      await this.#store.save(device, record, revision);
    } catch (error) {
      this.#logger.warn({ err: error, device }, "could not store an MQTT session; the device must subscribe again");
    }
  }
}
