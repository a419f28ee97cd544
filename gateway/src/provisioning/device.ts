import type { ShownCertificate } from "@fleetlog/identity";
import type { ProvisionAsk, ProvisionProgress, ProvisionReply } from "@fleetlog/protocol";

interface Presented {
  readonly encrypted: boolean;
  readonly protocol: "mqtt" | "websocket";
  /** `host:port`. */
  readonly address: string;
}

/** Names and password of a client that is no device. */
export interface PresentedPassword extends Presented {
  readonly clientId: string;
  readonly userName: string;
  readonly password: string;
}

/** A certificate of a customer's authority that the client shows, without a password. */
export interface PresentedCertificate extends Presented {
  /** The certificate's common name. */
  readonly device: string;
  readonly certificate: ShownCertificate;
  /** True: finds only a device that has to enrol before it may log in with the certificate. */
  readonly mustEnrol: boolean;
}

export type PresentedProvisioning = PresentedPassword | PresentedCertificate;

/** A client that may only be provisioned. It has logged in. */
export interface ProvisioningDevice extends ProvisioningClient {
  /** Number of its session, larger than those of all earlier sessions of its request on any gateway. */
  readonly session: number;
}

export interface ProvisioningClient {
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
  /** Whether the client's password or certificate still lets it in; absent: always. */
  allowed?(): Promise<boolean>;
  /** @throws FleetError */
  ask(ask: ProvisionAsk, session: number): Promise<Extract<ProvisionReply, { jws: string }>>;
  /** Resolves with the log sequence. @throws FleetError */
  progress(progress: ProvisionProgress): Promise<number>;
}

/**
 * Finds provisioning devices of one kind; undefined for an unknown client.
 * @throws FleetError for a known client that is refused
 */
export type ProvisioningSource = (presented: PresentedProvisioning) => Promise<ProvisioningClient | undefined>;
