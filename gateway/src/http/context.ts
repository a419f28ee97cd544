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

/** Properties of this node that the pages show. */
export interface NodeInfo {
  readonly name: string;
  readonly version: string;
  /** Ports for devices, once the node listens. */
  readonly ports: () => { readonly mqtt?: number; readonly mqtts?: number };
  /** Ports without encryption that other machines can reach. */
  readonly plainPorts: readonly string[];
  /** Maximum bytes of each stream. */
  readonly maxBytes: DeclaredBytes;
}

/** Dependencies of the routes. */
export interface HttpContext extends Authenticators {
  /** The path under which browsers reach this node, with a slash at its end; default `/`. */
  readonly basePath?: string;
  /** FLEETLOG_PUBLIC_URL */
  readonly publicUrl?: string | undefined;
  readonly fleet: Fleet;
  /** Where people sign in by an OpenID provider. */
  readonly openId?: OpenId | undefined;
  readonly signUp: SignUpMode;
  /** Whether mails to people are sent. */
  readonly mails: boolean;
  readonly node: NodeInfo;
  /** The newest heartbeat of every process, and when it was received. */
  readonly heartbeats: () => readonly ReceivedHeartbeat[];
  /** The recent heartbeats of every gateway. */
  readonly recentHeartbeats: () => readonly RecentHeartbeats[];
  /**
   * Newest sequence of a stream, by default FLEET, that browsers were notified of; answers must include that change.
   */
  readonly notifiedSeq: (stream?: StreamName) => number;
  /** The metrics of this node. */
  readonly metrics: () => MetricsText;
  /** Metrics of HTTP requests. */
  readonly requests: HttpMetrics;
  /** Limits of uploads and downloads. */
  readonly transfers: Transfers;
  readonly clock: () => number;
  /** For log lines that anybody who can connect may cause. */
  readonly lines: BoundedLog;
  readonly refusals: Pick<Refusals, "call">;
  readonly commandDeadlineMs: number;
  /** Reasons why this node should get no traffic; empty when it is ready. */
  readonly notReady: () => string[];
  readonly logHealth: () => LogState;
  /** Whether devices' events wait, because FLEET is full up to the part reserved for sessions and commands (see `Reserve`). */
  readonly nearlyFull: () => boolean;
  /** The NATS server of the log, and whether an event is on disk when that server acknowledges it. */
  readonly nats: () => NatsResource;
  /** The entries of FLEET that this process knows to be missing. */
  readonly missing: () => KnownMissing;
}
