import type { Buckets } from "./buckets.ts";
import type { Bus } from "./bus.ts";
import type { EventLog } from "./log.ts";
import type { LogServer } from "./log-server.ts";

export interface Backbone {
  readonly log: EventLog;
  readonly bus: Bus;
  readonly buckets: Buckets;
  /** The connected server. In a cluster, it may be another one after a reconnection. */
  readonly logServer: LogServer;
  /** The time of the server's clock, in milliseconds since 1970. @throws FleetError `log-unavailable` */
  serverTime(): Promise<number>;
  /**
   * Waits for pending appends, at most `timeoutMs` (default 5,000), then closes. Later calls reject with
   * `log-unavailable`.
   */
  close(options?: { readonly timeoutMs?: number }): Promise<void>;
}
