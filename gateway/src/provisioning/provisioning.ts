import { encodeToken, FleetError, hasEndedProvisioning, type RecordedEvent } from "@fleetlog/domain";
import {
  beginProvisioningSession,
  cleanUpProvisioning,
  type Fleet,
  Follower,
  finishStop,
  loadProvisionRequest,
  partCaller,
} from "@fleetlog/fleet";
import type { Bus, BusSubscription } from "@fleetlog/log";
import { PROVISIONING_SESSION, type ProvisionReply, provisioningSessionSubject } from "@fleetlog/protocol";
import { TokenBuckets } from "@fleetlog/runtime";
import type { Logger } from "pino";
import type { NodePart } from "../node/parts.ts";
import type { DeviceConnection } from "../sessions/index.ts";
import { Admission } from "../sessions/login/admission.ts";
import { persist } from "../sessions/persist.ts";
import type { PresentedProvisioning, ProvisioningClient, ProvisioningDevice, ProvisioningSource } from "./device.ts";
import { ProvisioningSession, type ProvisioningSessionParts } from "./session.ts";

export interface ProvisioningOptions {
  readonly fleet: Parameters<typeof cleanUpProvisioning>[0] & Pick<Fleet, "log">;
  readonly bus: Bus;
  readonly sources: readonly ProvisioningSource[];
  readonly observe: ProvisioningSessionParts["observe"];
  /** Called with a client that no source knows. */
  readonly onUnknown?: (presented: PresentedProvisioning) => void;
  /** Called with each event about provisioning, on whatever node it was recorded. */
  readonly onEvent?: (event: RecordedEvent) => void;
  readonly logger: Logger;
  readonly clock: () => number;
  /** Times that the device of one request may log in within a minute. */
  readonly loginsPerMinute: number;
  readonly node: () => string;
}

/** Maximum of requests whose log-ins are counted. */
const COUNTED = 10_000;

const ENDS: ReadonlySet<string> = new Set([
  "ProvisionCompleted",
  "ProvisionSkipped",
  "ProvisionStopping",
  "ProvisionStopped",
  "ProvisionAbandoned",
]);

/** The provisioning devices of this node, with one session for each request. */
export class Provisioning {
  readonly #options: ProvisioningOptions;
  readonly #admission = new Admission();
  readonly #recent: TokenBuckets;
  #stopped = false;
  readonly #held = new Map<string, ProvisioningSession>();

  constructor(options: ProvisioningOptions) {
    this.#options = options;
    const { loginsPerMinute: burst, clock } = options;
    this.#recent = new TokenBuckets({ burst, refillMs: 60_000 / burst, keys: COUNTED }, clock);
  }

  /**
   * Undefined for an unknown client.
   * @throws FleetError `forbidden` without TLS where it is needed, `log-unavailable`, `rate-limited`
   */
  async logIn(presented: PresentedProvisioning): Promise<ProvisioningDevice | undefined> {
    return this.#admission.run(async () => {
      for (const source of this.#options.sources) {
        const found = await source(presented);
        if (found !== undefined) return this.#admitted(found);
      }
      this.#options.onUnknown?.(presented);
      return undefined;
    });
  }

  /** Limits how often a device logs in, because each log-in is a log line and a message to all gateways. */
  async #admitted(client: ProvisioningClient): Promise<ProvisioningDevice> {
    const retryAfterMs = this.#recent.tryTake(client.id);
    if (retryAfterMs === 0)
      return { ...client, session: await beginProvisioningSession(this.#options.fleet, client.id) };
    throw new FleetError("rate-limited", "this device logs in too often", {
      advice: "Keep the connection, and wait longer between attempts.",
      retryAfterMs,
    });
  }

  /** Opens the device's session. An earlier session of the same request ends, whatever node has it. */
  open(
    device: ProvisioningDevice,
    connection: Pick<DeviceConnection, "end">,
    reply: (reply: ProvisionReply) => Promise<boolean>,
  ): ProvisioningSession {
    const { bus, observe, logger, clock, node } = this.#options;
    const session = new ProvisioningSession({ device, connection, observe, logger, clock, reply, onEnd: this.#onEnd });
    const before = this.#held.get(device.id);
    this.#held.set(device.id, session);
    before?.end("superseded", "superseded by a newer connection of this device");
    bus.publish(provisioningSessionSubject(encodeToken(device.id)), { id: device.id, node: node() });
    logger.info({ provisioning: device.id, login: device.login }, "a provisioning device has logged in");
    return session;
  }

  part(): NodePart {
    const { fleet, bus, logger, node } = this.#options;
    const follower = new Follower({
      log: fleet.log,
      logger,
      category: "provisioning",
      from: "new",
      onEvent: (event) => this.#apply(event),
    });
    let taken: BusSubscription | undefined;
    return {
      name: "provisioning",
      start: async () => {
        taken = bus.subscribe(PROVISIONING_SESSION, ({ data }) => {
          const { id, node: other } = data as { readonly id: string; readonly node: string };
          if (other !== node())
            this.#held.get(id)?.end("superseded", "superseded by a newer connection of this device");
        });
        await follower.start();
        void this.#cleanUpEnded();
      },
      stop: async () => {
        this.#stopped = true;
        taken?.stop();
        await follower.stop();
      },
    };
  }

  #apply(event: RecordedEvent): void {
    this.#options.onEvent?.(event);
    if (!ENDS.has(event.type) || !("request" in event.data)) return;
    const { request } = event.data;
    if (event.type !== "ProvisionStopping") this.#cleanUp(request, event.id);
    const session = this.#held.get(request);
    if (session === undefined) return;
    const detail = ENDED[event.type] ?? "the provision request has ended";
    // The device's question has caused this event, so the session ends only after the answer.
    if (event.type === "ProvisionSkipped") session.endAnswered("device-closed", detail);
    else session.end("device-closed", detail);
    if (event.type === "ProvisionStopping") void this.#finishStop(request, event.id);
  }

  /** Every node cleans up, because any one of them may stop before it has done so. A repetition does nothing. */
  #cleanUp(request: string, causationid?: string): void {
    const { fleet, logger } = this.#options;
    void persist(
      () => cleanUpProvisioning(fleet, request, partCaller("provisioning", causationid)),
      () => this.#stopped,
      (err, waitMs) => logger.warn({ err, waitMs, request }, "could not clean up after a provision request"),
    );
  }

  /** Cleans up after requests that ended while no gateway ran. */
  async #cleanUpEnded(): Promise<void> {
    const { fleet, logger } = this.#options;
    await persist(
      async () => {
        for (const request of await fleet.provisioner.logins.requests()) {
          if (this.#stopped) return;
          await cleanUpProvisioning(fleet, request, partCaller("provisioning"));
        }
      },
      () => this.#stopped,
      (err, waitMs) => logger.warn({ err, waitMs }, "could not look for provision requests that have ended"),
    );
  }

  /** Records at once what the reactors would record later. */
  async #finishStop(request: string, causationid: string): Promise<void> {
    const { fleet, logger } = this.#options;
    const caller = partCaller("provisioning", causationid);
    await finishStop(fleet, { request, caller }).catch((err: unknown) =>
      logger.warn({ err, request }, "could not record that a provision request has stopped"),
    );
  }

  /** Ends the sessions of devices whose certificates are not accepted any more. */
  revalidateCertified(): void {
    for (const session of this.#held.values()) void this.#revalidateCertified(session);
  }

  async #revalidateCertified(session: ProvisioningSession): Promise<void> {
    try {
      if (!(await session.isAllowed()))
        session.end("certificate-ended", "the client certificate is not accepted any more");
    } catch (err) {
      // Nothing is lost: the certificate is looked at again before the device gets a credential.
      this.#options.logger.debug(
        { err, provisioning: session.id },
        "can't look at a provisioning device's certificate",
      );
    }
  }

  /**
   * Call once the session is open: the request or the certificate may have ended before.
   * @throws FleetError `forbidden` if so
   */
  async revalidate({ id, allowed }: ProvisioningDevice): Promise<void> {
    const request = await loadProvisionRequest(this.#options.fleet, id);
    if ((await allowed?.()) === false)
      throw new FleetError("forbidden", "the client certificate is not accepted any more");
    if (request !== undefined && (hasEndedProvisioning(request.state) || request.state === "STOPPING")) {
      throw new FleetError("forbidden", `the provision request is ${request.state}`);
    }
  }

  readonly #onEnd = (session: ProvisioningSession): void => {
    if (this.#held.get(session.id) === session) this.#held.delete(session.id);
  };
}

const ENDED: Readonly<Record<string, string>> = {
  ProvisionCompleted: "the device is provisioned",
  ProvisionSkipped: "the device exists already",
  ProvisionStopping: "an operator has stopped the provision request",
};
