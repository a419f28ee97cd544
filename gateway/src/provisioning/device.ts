import type { ProvisionAsk, ProvisionProgress, ProvisionReply } from "@fleetlog/protocol";

/** Names and password of a client that is no device. */
export interface PresentedProvisioning {
  readonly clientId: string;
  readonly userName: string;
  readonly password: string;
  readonly encrypted: boolean;
  readonly protocol: "mqtt" | "websocket";
  /** `host:port`. */
  readonly address: string;
}

/** A client that may only be provisioned. */
export interface ProvisioningDevice {
  /** Id of its provision request. A request has one session in the installation. */
  readonly id: string;
  readonly login: string;
  readonly account: string;
  /**
   * Resolves when the device's questions can be answered, or when its session has ended. Absent if they can be answered
   * at once.
   * @throws FleetError if they can never be answered
   */
  ready?(ended: AbortSignal): Promise<void>;
  /** @throws FleetError */
  ask(ask: ProvisionAsk): Promise<Extract<ProvisionReply, { jws: string }>>;
  /** Resolves with the log sequence. @throws FleetError */
  progress(progress: ProvisionProgress): Promise<number>;
}

/**
 * Finds provisioning devices of one kind; undefined for an unknown client.
 * @throws FleetError for a known client that is refused
 */
export type ProvisioningSource = (presented: PresentedProvisioning) => Promise<ProvisioningDevice | undefined>;
