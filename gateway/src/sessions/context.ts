import type { Views, Writer } from "@fleetlog/fleet";
import type { DeviceCredentials } from "@fleetlog/identity";
import type { Backbone } from "@fleetlog/log";
import type { Logger } from "pino";
import type { Reserve } from "./reserve.ts";

export interface SessionLimits {
  /** Events a second that one device may send, sustained. */
  readonly eventsPerSecond: number;
  /** Events that one device may send at once. */
  readonly burst: number;
  /** Commands that one session holds in memory; more wait in the log. */
  readonly openCommands: number;
}

/** Dependencies of sessions. */
export interface SessionContext {
  readonly backbone: Backbone;
  readonly writer: Writer;
  readonly views: Views;
  readonly credentials: DeviceCredentials;
  readonly limits: SessionLimits;
  readonly logger: Logger;
  readonly node: { readonly name: string; readonly incarnation: string };
  readonly clock: () => number;
  readonly observe: SessionObserver;
  readonly reserve: Reserve;
}

/** Where sessions count what they do; the metrics implement it. */
export interface SessionObserver {
  /** Events taken from devices, before they are acknowledged. */
  received(count: number): void;
  /** Events acknowledged, and how long the log took. */
  acknowledged(count: number, milliseconds: number): void;
  refused(code: string): void;
}
