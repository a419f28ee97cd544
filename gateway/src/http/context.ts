import type { StreamName } from "@fleetlog/domain";
import type { Fleet, SignUpMode } from "@fleetlog/fleet";
import type { OpenId } from "@fleetlog/identity";
import type { NatsResource } from "@fleetlog/protocol";
import type { HttpMetrics } from "../metrics/http.ts";
import type { MetricsText } from "../metrics/registry.ts";
import type { BoundedLog } from "../net/bounded-log.ts";
import type { ReceivedHeartbeat, RecentHeartbeats } from "../node/heartbeats.ts";
import type { LogState } from "../node/log-health.ts";
import type { KnownMissing } from "../node/missing.ts";
import type { DeclaredBytes } from "../node/streams.ts";
import type { Refusals } from "../refusals/recorder.ts";
import type { Authenticators } from "./access/authenticate.ts";
import type { Transfers } from "./resources/artifacts/transfers.ts";

/** Properties of this node for the pages. */
export interface NodeInfo {
  readonly name: string;
  readonly version: string;
  /** Ports for devices; undefined while not open. */
  readonly ports: () => { readonly mqtt?: number; readonly mqtts?: number };
  /** Ports without TLS that other machines can reach. */
  readonly plainPorts: readonly string[];
  readonly maxBytes: DeclaredBytes;
}

export interface HttpContext extends Authenticators {
  /** Path of the public URL, with a slash at its end; default `/`. */
  readonly basePath?: string;
  /** FLEETLOG_PUBLIC_URL. */
  readonly publicUrl?: string | undefined;
  readonly fleet: Fleet;
  /** The OpenID provider. */
  readonly openId?: OpenId | undefined;
  readonly signUp: SignUpMode;
  /** Whether mails to people are sent. */
  readonly mails: boolean;
  readonly node: NodeInfo;
  /** The newest heartbeat of every process, with its time of receipt. */
  readonly heartbeats: () => readonly ReceivedHeartbeat[];
  /** The recent heartbeats of every gateway. */
  readonly recentHeartbeats: () => readonly RecentHeartbeats[];
  /** Newest sequence in hints to browsers, by default of FLEET. Answers must include this change. */
  readonly notifiedSeq: (stream?: StreamName) => number;
  readonly metrics: () => MetricsText;
  readonly requests: HttpMetrics;
  readonly transfers: Transfers;
  readonly clock: () => number;
  /** Log lines that clients can cause, so their number is bounded. */
  readonly lines: BoundedLog;
  readonly refusals: Pick<Refusals, "call">;
  readonly commandDeadlineMs: number;
  /** Why the node should get no traffic; empty when it is ready. */
  readonly notReady: () => string[];
  readonly logHealth: () => LogState;
  /** Whether devices' events wait, because only the reserve of FLEET is free. */
  readonly nearlyFull: () => boolean;
  /** The log's NATS server, and whether acknowledged events are on disk. */
  readonly nats: () => NatsResource;
  /** Missing entries of FLEET that this process has found. */
  readonly missing: () => KnownMissing;
}
