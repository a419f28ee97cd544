import type { CloseReason } from "@fleetlog/domain";
import type { Logger } from "pino";
import type { DeviceSession } from "../../sessions/index.ts";
import type { Inbound } from "./inbound.ts";
import type { Sent } from "./outbound.ts";
import type { SessionStore } from "./store.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { Will, Wills } from "./wills.ts";

/** What a connection leaves behind. */
export interface Estate {
  readonly session: DeviceSession;
  readonly reason: CloseReason;
  readonly expirySeconds: number;
  readonly subscriptions: Subscriptions;
  readonly inbound: Inbound;
  readonly sent: readonly Sent[];
  /** Revision of the session's record, where it has one. */
  readonly revision: number | undefined;
  /** Undefined where there is none, or the device took it back. */
  readonly will: Will | undefined;
}

/** The node says that it stops: devices come back elsewhere. */
export type EndingMode = "serving" | "stopping";

/** Settles what connections leave behind: their wills, and the sessions that outlive them. */
export class Endings {
  readonly #store: SessionStore;
  readonly #wills: Wills;
  readonly #clock: () => number;
  readonly #logger: Logger;
  readonly #underWay = new Map<string, Promise<void>>();
  mode: EndingMode = "serving";

  constructor(store: SessionStore, wills: Wills, clock: () => number, logger: Logger) {
    this.#store = store;
    this.#wills = wills;
    this.#clock = clock;
    this.#logger = logger;
  }

  add(estate: Estate): void {
    const { device } = estate.session;
    const settled = this.#settle(estate, this.#underWay.get(device)).finally(() => {
      if (this.#underWay.get(device) === settled) this.#underWay.delete(device);
    });
    this.#underWay.set(device, settled);
  }

  /** Resolves when what an earlier connection of the device left on this node is settled. */
  async of(device: string): Promise<void> {
    await this.#underWay.get(device);
  }

  async all(): Promise<void> {
    await Promise.all(this.#underWay.values());
  }

  async #settle(estate: Estate, before: Promise<void> | undefined): Promise<void> {
    await before;
    await Promise.all([this.#will(estate), this.#keep(estate)]);
  }

  async #will({ session, reason, will, expirySeconds }: Estate): Promise<void> {
    // Whose credentials are gone has no last word either.
    if (will === undefined || reason === "retired" || reason === "token-rotated") return;
    // [MQTT5 3.1.3.2.2] with the delay or with the session, whichever ends first
    const delay = Math.min(will.delaySeconds, expirySeconds);
    if (delay === 0) await this.#wills.publish(session, will);
    // A node that stops is not a device that went: who asked for a delay is expected back, on another node.
    else if (this.mode === "serving") this.#wills.delay(session, will, delay);
  }

  async #keep(estate: Estate): Promise<void> {
    const { session, reason, expirySeconds, subscriptions, inbound, sent, revision } = estate;
    const { device, epoch } = session;
    try {
      if (expirySeconds === 0) {
        if (revision !== undefined && reason !== "superseded") await this.#store.discard(device);
        return;
      }
      // What took the session over may have begun anew: then there is nothing to add to.
      if (reason === "superseded" && revision === undefined) return;
      await inbound.whenStored();
      const record = {
        epoch,
        expirySeconds,
        endedAt: this.#clock(),
        subscriptions: subscriptions.toJSON(),
        received: inbound.remembered(),
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
