import type { ChannelSecrets, Download, Views, Writer } from "@fleetlog/fleet";
import type { Authority, DeviceCredentials, DeviceMessages, MessageSigner } from "@fleetlog/identity";
import type { Backbone } from "@fleetlog/log";
import type { Logger } from "pino";
import type { Reserve } from "../node/health/reserve.ts";
import type { AccountRates } from "./accounts/account-rates.ts";

export interface SessionLimits {
  readonly eventsPerSecond: number;
  readonly burst: number;
  readonly bytesPerSecond: number;
  readonly burstBytes: number;
  readonly loginsPerMinute: number;
  readonly openCommands: number;
}

/** The node, as its sessions see it. */
export interface SessionsNode {
  readonly name: string;
  readonly incarnation: string;
  /** Called when the log has lost a session that it had acknowledged. */
  sessionsMissing(): void;
}

export interface ArtifactVersion {
  readonly name: string;
  readonly version: string;
}

/** Dependencies of sessions. */
export interface SessionContext {
  readonly backbone: Backbone;
  readonly writer: Writer;
  readonly views: Views;
  readonly credentials: DeviceCredentials;
  readonly authority: Authority;
  readonly signer: MessageSigner;
  readonly channels: ChannelSecrets;
  readonly deviceMessages: DeviceMessages;
  /** A link by which the device downloads an artifact of its account. Rejects as `deviceDownload` of @fleetlog/fleet does. */
  readonly downloadOf: (device: string, artifact: ArtifactVersion) => Promise<Download>;
  readonly limits: SessionLimits;
  readonly logger: Logger;
  readonly node: SessionsNode;
  readonly clock: () => number;
  readonly observe: SessionObserver;
  readonly reserve: Reserve;
  readonly accountRates: AccountRates;
}

/** Counts events of devices; implemented by the metrics. */
export interface SessionObserver {
  /** Received, and not acknowledged yet. */
  received(count: number): void;
  /** @param milliseconds latency of the append; undefined if nothing was appended, as for an unchanged profile */
  acknowledged(count: number, milliseconds: number | undefined): void;
  refused(code: string): void;
  subscriptionRefused(): void;
}
