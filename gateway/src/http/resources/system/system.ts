import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  type ArchiveReport,
  type ClockReport,
  type GatewayHeartbeat,
  GatewayResource,
  GatewayTrend,
  type Heartbeat,
  SystemResource,
} from "@fleetlog/protocol";
import type { FastifyRequest } from "fastify";
import Type from "typebox";
import type { ReceivedHeartbeat, RecentHeartbeats } from "../../../node/cluster/heartbeats.ts";
import { missingEntries } from "../../../node/health/missing.ts";
import { readStreams } from "../../../node/health/streams.ts";
import { scopeFor } from "../../access/authorize.ts";
import type { HttpContext } from "../../context.ts";
import { NoQuery } from "../../input/no-query.ts";
import type { HttpResource } from "../resource.ts";
import { SYSTEM_EXAMPLES } from "./examples.ts";

const Trends = Type.Object({ items: Type.Array(GatewayTrend) });
/** Short, because the system page must open fast even when no projector answers. */
const VIEWS_TIMEOUT_MS = 1_000;

export const system: HttpResource = {
  tag: "system",
  description: "The processes of the fleet and the log",
  schemas: { Gateway: GatewayResource, GatewayTrend, System: SystemResource },
  examples: SYSTEM_EXAMPLES,
  prefix: "/api",
  routes: systemRoutes,
};

/**
 * A person who may not see all devices gets no counts of devices or events. While no projector answers, gateways are
 * known only by their heartbeats. Streams are left out while the log does not answer.
 */
function systemRoutes(context: HttpContext): FastifyPluginAsyncTypebox {
  const { fleet, heartbeats, knownMissing, recentHeartbeats, nats, node } = context;

  function seesAll(request: FastifyRequest): boolean {
    const { accounts, tags } = scopeFor(request);
    return tags === undefined && (accounts === undefined || !fleet.accounts.several);
  }

  async function gateways(received: readonly ReceivedHeartbeat[]): Promise<GatewayResource[]> {
    const listed = await fleet.views.query("gateways.list", {}, { waitMs: VIEWS_TIMEOUT_MS }).catch(() => []);
    const unlisted = new Map(
      received.flatMap(({ heartbeat, at }) =>
        heartbeat.kind === "gateway" ? [[heartbeat.id, { heartbeat, at }] as const] : [],
      ),
    );
    const shown = listed.map((gateway) => {
      const live = unlisted.get(gateway.name);
      if (live?.heartbeat.incarnation !== gateway.incarnation) return gateway;
      unlisted.delete(gateway.name);
      return { ...gateway, live: liveOf(live.heartbeat, live.at) };
    });
    const shownNames = new Set(shown.map(({ name }) => name));
    // The views do not have these gateways yet, or no projector has answered.
    const unknownToViews = [...unlisted.values()].filter(({ heartbeat }) => !shownNames.has(heartbeat.id));
    return [...shown, ...unknownToViews.map(({ heartbeat, at }) => fromHeartbeat(heartbeat, at))];
  }

  return async (app) => {
    app.get(
      "/system/trends",
      {
        config: { action: "system.read" },
        schema: {
          operationId: "getTrends",
          summary: "Measures of the gateways in the last minutes",
          tags: ["system"],
          querystring: NoQuery,
          response: { 200: Trends },
        },
      },
      async (request) => ({ items: seesAll(request) ? recentHeartbeats().flatMap(trendsOf) : [] }),
    );

    app.get(
      "/system",
      {
        config: { action: "system.read" },
        schema: {
          operationId: "getSystem",
          summary: "Gateways, projectors, reactors, historians and streams",
          tags: ["system"],
          querystring: NoQuery,
          response: { 200: SystemResource },
        },
      },
      async (request) => {
        const all = seesAll(request);
        const received = heartbeats();
        const lost = missingEntries(
          knownMissing(),
          received.map(({ heartbeat }) => heartbeat),
        );
        const [gatewayList, streams] = await Promise.all([
          gateways(received),
          all ? readStreams(fleet.log, node.maxBytes) : [],
        ]);
        return {
          version: node.version,
          gateways: all ? gatewayList : gatewayList.map(withoutCounts),
          projectors: received.flatMap(({ heartbeat, at }) =>
            heartbeat.kind === "projector"
              ? [
                  {
                    id: heartbeat.id,
                    seq: heartbeat.seq,
                    lag: heartbeat.lag,
                    state: heartbeat.state,
                    heardAt: iso(at),
                    ...clockOf(heartbeat),
                  },
                ]
              : [],
          ),
          reactors: received.flatMap(({ heartbeat, at }) =>
            heartbeat.kind === "reactors"
              ? [{ id: heartbeat.id, active: heartbeat.active, heardAt: iso(at), ...clockOf(heartbeat) }]
              : [],
          ),
          historians: received.flatMap(({ heartbeat, at }) =>
            heartbeat.kind === "historian"
              ? [
                  {
                    ...{ id: heartbeat.id, seq: heartbeat.seq, lag: heartbeat.lag },
                    ...(heartbeat.rebuild && { rebuild: heartbeat.rebuild }),
                    ...(all && heartbeat.setAside && { setAside: [...heartbeat.setAside] }),
                    ...(all && heartbeat.marks && { marks: heartbeat.marks }),
                    ...(all && heartbeat.telemetry && { telemetry: archiveOf(heartbeat.telemetry) }),
                    heardAt: iso(at),
                    ...clockOf(heartbeat),
                  },
                ]
              : [],
          ),
          streams: [...streams],
          nats: nats(),
          plainPorts: [...node.plainPorts],
          expiring: [...node.expiring()],
          missing: lost.count,
          missingRanges: [...lost.ranges],
        };
      },
    );
  };
}

function withoutCounts({ live, ...gateway }: GatewayResource): GatewayResource {
  if (live === undefined) return gateway;
  const { connections: _, eventsPerSecond: __, commandsPerSecond: ___, ...others } = live;
  return { ...gateway, live: others };
}

function trendsOf({ heartbeats, at }: RecentHeartbeats): GatewayTrend[] {
  const newest = heartbeats.at(-1);
  if (newest === undefined) return [];
  return [
    {
      name: newest.id,
      incarnation: newest.incarnation,
      heardAt: iso(at),
      connections: heartbeats.map(({ connections: { mqtt, websocket } }) => mqtt + websocket),
      eventsPerSecond: heartbeats.map(({ eventsPerSecond }) => eventsPerSecond),
      commandsPerSecond: heartbeats.map(({ commandsPerSecond }) => commandsPerSecond),
      appendP50: heartbeats.map(({ appendMs }) => appendMs.p50),
      appendP99: heartbeats.map(({ appendMs }) => appendMs.p99),
    },
  ];
}

function fromHeartbeat(heartbeat: GatewayHeartbeat, at: number): GatewayResource {
  const { id, incarnation } = heartbeat;
  return { name: id, incarnation, status: "running", since: iso(at), live: liveOf(heartbeat, at), seq: 0 };
}

function liveOf(heartbeat: GatewayHeartbeat, at: number): NonNullable<GatewayResource["live"]> {
  const { connections, eventsPerSecond, commandsPerSecond, appendMs, logStatus, lease } = heartbeat;
  const live = {
    connections,
    eventsPerSecond,
    commandsPerSecond,
    appendMs,
    logStatus,
    heardAt: iso(at),
    ...clockOf(heartbeat),
  };
  if (lease === undefined) return live;
  // The lease's age is used, because the clocks of two nodes may differ.
  const renewed = at - lease.ageMs;
  return { ...live, lease: { renewedAt: iso(renewed), lapsesAt: iso(renewed + lease.ttlMs) } };
}

function clockOf({ clock }: Heartbeat): { clock?: ClockReport } {
  return clock === undefined ? {} : { clock };
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

function archiveOf({ missing, ...archive }: ArchiveReport) {
  return { ...archive, ...(missing !== undefined && { missing: { ...missing, ranges: [...missing.ranges] } }) };
}
