import type { Views, Writer } from "@fleetlog/fleet";
import type { Authority, DeviceCredentials, MessageSigner } from "@fleetlog/identity";
import type { Backbone } from "@fleetlog/log";
import type { Logger } from "pino";
import type { AccountRates } from "./account-rates.ts";
import type { Reserve } from "./reserve.ts";

export interface SessionLimits {
  /** Sustained rate: events a second of one device. */
  readonly eventsPerSecond: number;
  /** Events that one device may send in a burst. */
  readonly burst: number;
  /** Sustained rate: bytes a second of one device. */
  readonly bytesPerSecond: number;
  /** Bytes that one device may send in a burst. */
  readonly burstBytes: number;
  /** Sessions that one device may open in a minute. */
  readonly loginsPerMinute: number;
  /** Commands that one session holds in memory; more wait in the log. */
  readonly openCommands: number;
}

/** The node, as its sessions use it. */
export interface SessionsNode {
  readonly name: string;
  readonly incarnation: string;
  /**
   * Called when a session is no longer in the log, although the log had acknowledged it: the log has lost its newest
   * events.
   */
  sessionsMissing(): void;
}

/** Dependencies of sessions. */
export interface SessionContext {
  readonly backbone: Backbone;
  readonly writer: Writer;
  readonly views: Views;
  readonly credentials: DeviceCredentials;
  /** Renews devices' certificates. */
  readonly authority: Authority;
  /** Signs what provisioned devices are sent. */
  readonly signer: MessageSigner;
  readonly limits: SessionLimits;
  readonly logger: Logger;
  readonly node: SessionsNode;
  readonly clock: () => number;
  readonly observe: SessionObserver;
  readonly reserve: Reserve;
  readonly accountRates: AccountRates;
}

/** Counts the work of sessions; implemented by the metrics. */
export interface SessionObserver {
  /** Events received from devices, not acknowledged yet. */
  received(count: number): void;
  /** Events acknowledged, and the latency of the log; undefined if nothing was appended, as for an unchanged profile. */
  acknowledged(count: number, milliseconds: number | undefined): void;
  refused(code: string): void;
}
