import type { StreamName } from "@fleetlog/domain";
import type { Fleet, SignUpMode } from "@fleetlog/fleet";
import type { OpenId } from "@fleetlog/identity";
import type { Buckets } from "@fleetlog/log";
import type { Expiring, NatsResource } from "@fleetlog/protocol";
import type { HttpMetrics } from "../metrics/http.ts";
import type { MetricsText } from "../metrics/registry.ts";
import type { BoundedLog } from "../net/bounded-log.ts";
import type { ReceivedHeartbeat, RecentHeartbeats } from "../node/cluster/heartbeats.ts";
import type { LogState } from "../node/health/log-health.ts";
import type { KnownMissing } from "../node/health/missing.ts";
import type { DeclaredBytes } from "../node/health/streams.ts";
import type { Refusals } from "../refusals/recorder.ts";
import type { SignIns } from "../sign-ins/recorder.ts";
import type { Authenticators } from "./access/authenticate.ts";
import type { RunningAnswers } from "./access/running-answers.ts";
import type { KeptAnswers } from "./idempotency/index.ts";
import type { Transfers } from "./transfers/transfers.ts";

/** Properties of this node for the pages. */
export interface NodeInfo {
  readonly name: string;
  readonly version: string;
  readonly ports: () => { readonly mqtt?: number; readonly mqtts?: number };
  readonly plainPorts: readonly string[];
  readonly expiring: () => readonly Expiring[];
  /** Names of key-value buckets that this node could not make yet. */
  readonly missingBuckets: () => readonly string[];
  readonly maxBytes: DeclaredBytes;
}

export interface HttpContext extends Authenticators {
  /** Path of the public URL, with a slash at its end; default `/`. */
  readonly basePath?: string;
  readonly publicUrl?: string | undefined;
  readonly fleet: Fleet;
  readonly buckets: Buckets;
  readonly openId?: OpenId | undefined;
  readonly signUp: SignUpMode;
  readonly mails: boolean;
  readonly node: NodeInfo;
  readonly heartbeats: () => readonly ReceivedHeartbeat[];
  readonly recentHeartbeats: () => readonly RecentHeartbeats[];
  /** Newest sequence of a change that the live feed has sent. Browsers reload for it, so responses must include it. */
  readonly notifiedSeq: (stream?: StreamName) => number;
  readonly metrics: () => MetricsText;
  readonly requests: HttpMetrics;
  readonly transfers: Transfers;
  readonly answers: RunningAnswers;
  readonly keptAnswers: KeptAnswers;
  readonly clock: () => number;
  readonly boundedLog: BoundedLog;
  readonly refusals: Pick<Refusals, "call">;
  readonly signIns: SignIns;
  readonly commandDeadlineMs: number;
  readonly notReady: () => string[];
  readonly logHealth: () => LogState;
  /** Whether devices' events wait, because FLEET has only its reserve left. */
  readonly nearlyFull: () => boolean;
  readonly nats: () => NatsResource;
  readonly knownMissing: () => KnownMissing;
}

/** The context of the routes of a dialect's own port. */
export type DialectHttpContext = Omit<HttpContext, "metrics" | "notReady"> & {
  /** Where programs of TPEDM may come from without a log-in. */
  readonly tpedmClients?: { trusts(address: string): boolean } | undefined;
};
