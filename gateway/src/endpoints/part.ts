import type { Directory } from "@fleetlog/identity";
import type { Dialects } from "../dialects/index.ts";
import { connectionsGauge, type LoginMetrics } from "../metrics/connections.ts";
import type { ConnectionBound } from "../net/connection-bound.ts";
import { ConnectionLimit } from "../net/connection-limit.ts";
import type { Endpoint } from "../net/endpoint.ts";
import type { FindClient } from "../net/proxies/client.ts";
import type { Core } from "../node/core.ts";
import type { NodePart } from "../node/parts.ts";
import type { Provisioning } from "../provisioning/index.ts";
import type { Refusals } from "../refusals/recorder.ts";
import type { Sessions } from "../sessions/index.ts";
import type { WaitingClients } from "../waiting/index.ts";
import type { EndpointContext, EndpointLimits } from "./context.ts";
import { RefusedLogins } from "./refused-logins.ts";

export interface EndpointsOptions {
  /** Maximum number of devices that have logged in, over all protocols. */
  readonly connections: number;
  readonly pending: ConnectionBound;
  readonly limits: EndpointLimits;
  readonly directory: Directory;
  readonly provisioning: Provisioning;
  readonly waiting: WaitingClients;
  readonly dialects: Dialects;
  readonly findClient: FindClient;
}

export function endpointContext(
  { name, backbone, logger, boundedLog, clock }: Core,
  sessions: Sessions,
  logins: Pick<LoginMetrics, "refused">,
  refusals: Refusals,
  { connections, pending, limits, directory, provisioning, waiting, dialects, findClient }: EndpointsOptions,
): EndpointContext {
  return {
    gateway: name,
    directory,
    dialects,
    findClient,
    sessions,
    provisioning,
    waiting,
    connectionLimit: new ConnectionLimit(connections, pending, (count) =>
      logger.warn({ count, limit: connections }, "a device is over the connection limit; see FLEETLOG_MAX_CONNECTIONS"),
    ),
    refusedLogins: new RefusedLogins({
      boundedLog,
      count: (protocol, reason) => logins.refused(protocol, reason),
      refusals,
    }),
    boundedLog,
    backbone,
    log: backbone.log,
    logger,
    clock,
    limits,
  };
}

/** @param endpoints by protocol, browsers included */
export function connectionsPart(logins: LoginMetrics, endpoints: Readonly<Record<string, Endpoint>>): NodePart {
  const counts = () => Object.entries(endpoints).map(([protocol, { connections }]) => [protocol, connections] as const);
  return {
    name: "connections",
    metrics: [...logins.metrics, connectionsGauge(() => Object.fromEntries(counts()))],
  };
}
