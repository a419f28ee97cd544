import type { Fleet } from "@fleetlog/fleet";
import type { HttpMetrics } from "../metrics/http.ts";
import type { MetricsText } from "../metrics/registry.ts";
import type { ReceivedHeartbeat } from "../node/heartbeats.ts";
import type { LogState } from "../node/log-health.ts";
import type { DeclaredBytes } from "../node/streams.ts";
import type { Authenticators } from "./access/authenticate.ts";

/** This node, as its pages show it. */
export interface NodeInfo {
  readonly name: string;
  readonly version: string;
  /** Where devices connect, once it listens. */
  readonly ports: () => { readonly mqtt: number; readonly mqtts?: number };
  /** What each stream may grow to. */
  readonly maxBytes: DeclaredBytes;
}

/** Dependencies of the routes. */
export interface HttpContext extends Authenticators {
  readonly fleet: Fleet;
  readonly node: NodeInfo;
  /** The newest heartbeat of every process, and when it was received. */
  readonly heartbeats: () => readonly ReceivedHeartbeat[];
  /** The newest sequence that browsers were told of: what they read next is at least as new. */
  readonly announced: () => number;
  /** What this node counts. */
  readonly metrics: () => MetricsText;
  /** Where requests are counted. */
  readonly requests: HttpMetrics;
  readonly clock: () => number;
  readonly commandDeadlineMs: number;
  /** Why this node should get no traffic; empty when it should. */
  readonly notReady: () => string[];
  readonly logHealth: () => LogState;
  /** Whether devices' events are held back because the log has only its reserve left. */
  readonly nearlyFull: () => boolean;
}
