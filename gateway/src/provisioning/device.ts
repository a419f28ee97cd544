import type { ProvisionAsk, ProvisionProgress, ProvisionReply } from "@fleetlog/protocol";

/** What a client presents that no device's credential lets in. */
export interface PresentedProvisioning {
  readonly clientId: string;
  readonly userName: string;
  readonly password: string;
  /** Whether the connection is encrypted. */
  readonly encrypted: boolean;
  readonly protocol: "mqtt" | "websocket";
  /** `host:port`. */
  readonly address: string;
}

/** A client that is let in only to be provisioned. */
export interface ProvisioningDevice {
  /** Of what let it in, such as its provision request. It has one session at a time in the whole installation. */
  readonly id: string;
  /** The name that it logged in with, for log lines. */
  readonly login: string;
  readonly account: string;
  /** @throws FleetError */
  ask(ask: ProvisionAsk): Promise<Extract<ProvisionReply, { jws: string }>>;
  /** Resolves with the log sequence of what was recorded. @throws FleetError */
  progress(progress: ProvisionProgress): Promise<number>;
}

/**
 * Lets provisioning devices of one kind in; undefined for a client that it does not know.
 * @throws FleetError for a client that it knows and refuses
 */
export type ProvisioningSource = (presented: PresentedProvisioning) => Promise<ProvisioningDevice | undefined>;
