import type { CloseReason } from "@fleetlog/domain";
import type { Logger } from "pino";
import type { DeviceSession } from "../../sessions/index.ts";
import type { Inbound } from "./inbound.ts";
import type { Sent } from "./outbound.ts";
import type { SessionStore } from "./store.ts";
import type { TopicSubscriptions } from "./subscriptions.ts";
import type { Will, Wills } from "./wills.ts";

/** A connection that has ended. */
export interface EndedConnection {
  readonly session: DeviceSession;
  readonly reason: CloseReason;
  readonly expirySeconds: number;
  readonly subscriptions: TopicSubscriptions;
  readonly inbound: Inbound;
  readonly sent: readonly Sent[];
  /** Revision of the session's record, where it has one. */
  readonly revision: number | undefined;
  /** Undefined where there is none, or it was dropped. */
  readonly will: Will | undefined;
}

/** Whether the node is stopping: its devices come back elsewhere. */
export type EndingMode = "serving" | "stopping";

/** What follows the end of a connection: its will is published, and a session that outlives it is stored. */
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

  /** Resolves when this is done for the device's earlier connection to this node. */
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
    // A device whose credentials are revoked publishes nothing any more.
    if (will === undefined || reason === "retired" || reason === "token-rotated") return;
    // [MQTT5 3.1.3.2.2] with the delay or with the session, whichever ends first
    const delay = Math.min(will.delaySeconds, expirySeconds);
    if (delay === 0) await this.#wills.publish(session, will);
    // It is the node that stops: a device that asked for a delay is expected back, on another node.
    else if (this.mode === "serving") this.#wills.delay(session, will, delay);
  }

  async #saveSession(ended: EndedConnection): Promise<void> {
    const { session, reason, expirySeconds, subscriptions, inbound, sent, revision } = ended;
    const { device, epoch } = session;
    try {
      if (expirySeconds === 0) {
        if (revision !== undefined && reason !== "superseded") await this.#store.discard(device);
        return;
      }
      // The newer connection may have discarded the session: then there is none to add to.
      if (reason === "superseded" && revision === undefined) return;
      await inbound.whenStored();
      const record = {
        epoch,
        expirySeconds,
        endedAt: this.#clock(),
        subscriptions: subscriptions.toJSON(),
        received: inbound.receivedIds(),
        sent: [...sent],
      };
      await this.#store.save(device, record, revision);
    } catch (error) {
      this.#logger.warn(
        { err: error, device },
        "an MQTT session was not kept; the device will have to subscribe again",
      );
    }
  }
}
