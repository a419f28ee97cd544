import { FEED_PATH, REPLAY_PATH } from "@fleetlog/protocol";
import type { Authenticators } from "../http/access/authenticate.ts";
import { createFeed, type Feed } from "../live/endpoint.ts";
import type { HeartbeatsPart } from "../node/cluster/heartbeats-part.ts";
import type { Core } from "../node/core.ts";
import type { LogPart } from "../node/health/log-part.ts";
import type { NodePart } from "../node/parts.ts";
import type { Refusals } from "../refusals/recorder.ts";
import { createReplays, type Replays } from "../replay/endpoint.ts";

const BROWSERS = 1_000;
const REPLAYS = { connections: 32, ofPerson: 4, idleMs: 1_800_000 };

export interface OperatorEndpointsOptions {
  readonly log: Pick<LogPart, "health">;
  readonly processes: Pick<HeartbeatsPart, "views">;
  readonly authenticators: Authenticators;
  readonly refusals: Refusals;
  /** Milliseconds of silence after which a browser is pinged. */
  readonly pingMs: number;
}

export interface OperatorEndpoints {
  readonly feed: Feed;
  readonly replays: Replays;
  readonly parts: readonly NodePart[];
}

/** The WebSockets of operators: the live feed, and replays of the history. */
export function operatorEndpoints(
  { backbone, fleet, logger, clock }: Pick<Core, "backbone" | "fleet" | "logger" | "clock">,
  { log, processes, authenticators, refusals, pingMs }: OperatorEndpointsOptions,
): OperatorEndpoints {
  const shared = { fleet, refusals, authenticators, logger, clock };
  const feed = createFeed({
    ...shared,
    bus: backbone.bus,
    log: log.health,
    viewsHealth: processes.views,
    limits: { connections: BROWSERS, pingMs },
  });
  const replays = createReplays({ ...shared, limits: { ...REPLAYS, pingMs } });
  const parts: readonly NodePart[] = [
    { name: "live feed", upgrades: { [FEED_PATH]: feed }, drain: () => feed.close() },
    { name: "replays", upgrades: { [REPLAY_PATH]: replays }, drain: () => replays.close() },
  ];
  return { feed, replays, parts };
}
