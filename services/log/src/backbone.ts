import type { Buckets } from "./buckets.ts";
import type { Bus } from "./bus.ts";
import type { EventLog } from "./log.ts";

/** All that processes share: the log, live messages, and small stores. One connection a process. */
export interface Backbone {
  readonly log: EventLog;
  readonly bus: Bus;
  readonly buckets: Buckets;
  /** Waits for appends under way (bounded by `timeoutMs`, default 5,000), then closes. Later calls reject `log-unavailable`. */
  close(options?: { readonly timeoutMs?: number }): Promise<void>;
}
