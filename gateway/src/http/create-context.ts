import type { Fleet } from "@fleetlog/fleet";
import type { HttpMetrics } from "../metrics/http.ts";
import { basePathOf } from "../net/proxies/base-path.ts";
import type { HeartbeatsPart } from "../node/cluster/heartbeats-part.ts";
import type { Core } from "../node/core.ts";
import type { LogPart } from "../node/health/log-part.ts";
import { openIdOf } from "../node/open-id.ts";
import type { RefusalsPart } from "../refusals/part.ts";
import type { GatewaySettings } from "../settings/index.ts";
import type { SignInsPart } from "../sign-ins/part.ts";
import type { Authenticators } from "./access/authenticate.ts";
import type { RunningAnswers } from "./access/running-answers.ts";
import type { DialectHttpContext, HttpContext, NodeInfo } from "./context.ts";
import { KeptAnswers } from "./idempotency/index.ts";
import { Transfers } from "./transfers/transfers.ts";

/** What the resources need of the node's other parts. */
export interface ContextParts {
  readonly node: NodeInfo;
  readonly fleet: Fleet;
  readonly authenticators: Authenticators;
  readonly log: LogPart;
  readonly heartbeats: HeartbeatsPart["heartbeats"];
  readonly refusals: RefusalsPart["refusals"];
  readonly signIns: SignInsPart["signIns"];
  readonly notifiedSeq: HttpContext["notifiedSeq"];
  readonly answers: RunningAnswers;
  readonly requests: HttpMetrics;
}

export function createHttpContext(
  { backbone, sealer, clock, boundedLog }: Core,
  settings: GatewaySettings,
  { node, fleet, authenticators, log, heartbeats, refusals, signIns, notifiedSeq, answers, requests }: ContextParts,
): DialectHttpContext {
  const { publicUrl } = settings;
  return {
    ...authenticators,
    publicUrl,
    basePath: basePathOf(publicUrl),
    tpedmClients: settings.tpedmClients,
    openId: openIdOf(settings, sealer, clock),
    signUp: settings.signUp,
    mails: settings.mailFrom !== undefined,
    commandDeadlineMs: settings.commandDeadline,
    node,
    fleet,
    buckets: backbone.buckets,
    heartbeats: () => heartbeats.received(),
    recentHeartbeats: () => heartbeats.recent(),
    notifiedSeq,
    requests,
    transfers: new Transfers(
      {
        downloads: settings.downloads,
        bytesPerSecond: settings.downloadRate,
        totalBytesPerSecond: settings.downloadTotalRate,
      },
      clock,
    ),
    answers,
    keptAnswers: new KeptAnswers(backbone.buckets, sealer, clock),
    clock,
    boundedLog,
    refusals,
    signIns,
    logHealth: () => log.health.state,
    nearlyFull: () => log.reserve.holding,
    nats: log.nats,
    knownMissing: () => backbone.log.missing,
  };
}
