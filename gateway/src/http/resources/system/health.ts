import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { HEARTBEAT_INTERVAL_MS, type Heartbeat, NatsResource } from "@fleetlog/protocol";
import Type from "typebox";
import type { ReceivedHeartbeat } from "../../../node/cluster/heartbeats.ts";
import { missingEntries } from "../../../node/health/missing.ts";
import type { HttpContext } from "../../context.ts";
import type { HttpResource } from "../resource.ts";
import { HEALTH_EXAMPLES } from "./examples.ts";

const Alive = Type.Object({ status: Type.Literal("ok") });
const Readiness = Type.Object({
  status: Type.Enum(["ready", "not ready"]),
  ready: Type.Boolean({ description: "Whether this node should get traffic: it can store what devices send" }),
  reasons: Type.Array(Type.String(), { description: "Why this node should get no traffic; empty while it is ready" }),
  log: Type.Enum(["ready", "full", "away", "hung"]),
  nearlyFull: Type.Boolean({
    description: "FLEET is over 95 % full: devices' events and profiles wait, everything else works",
  }),
  views: Type.Enum(["ready", "building", "missing"], {
    description: "State of the views, which operators need and devices do not",
  }),
  reactors: Type.Enum(["ready", "missing"], { description: "Deadlines, lost gateways, update scans" }),
  nats: NatsResource,
  missingBuckets: Type.Array(Type.String(), {
    description:
      "Key-value buckets that this node could not make yet, for instance because nats-server has no space; the log of this node says what to do",
  }),
  historiesSetAside: Type.Integer({
    description:
      "Histories that a historian has set aside and builds again, because its disk could not read a file. GET /api/system names their folders",
  }),
  missing: Type.Integer({
    description:
      "At least this many entries of FLEET are missing, because its store is damaged; see the log of the process",
  }),
});

const open = { tags: ["health"], security: [] };
const config = { action: "health.read" } as const;

const MISSED_LIMIT = 3;

export const health: HttpResource = {
  tag: "health",
  description: "For load balancers and monitoring; no token is needed",
  schemas: { Alive, Readiness },
  examples: HEALTH_EXAMPLES,
  prefix: "",
  routes: healthRoutes,
};

/** A node is ready even if no projector answers, because it still stores reports. */
function healthRoutes({
  notReady,
  logHealth,
  nearlyFull,
  nats,
  node,
  knownMissing,
  heartbeats,
  clock,
  metrics,
}: HttpContext): FastifyPluginAsyncTypebox {
  function recent<K extends Heartbeat["kind"]>(kind: K): readonly Extract<Heartbeat, { kind: K }>[] {
    const since = clock() - MISSED_LIMIT * HEARTBEAT_INTERVAL_MS;
    const isRecent = ({ heartbeat, at }: ReceivedHeartbeat) => heartbeat.kind === kind && at >= since;
    return heartbeats()
      .filter(isRecent)
      .map(({ heartbeat }) => heartbeat as Extract<Heartbeat, { kind: K }>);
  }

  function views(): "ready" | "building" | "missing" {
    const projectors = recent("projector");
    if (projectors.some(({ state }) => state === "live")) return "ready";
    return projectors.length > 0 ? "building" : "missing";
  }

  return async (app) => {
    app.get(
      "/healthz",
      { config, schema: { operationId: "isAlive", summary: "Liveness", ...open, response: { 200: Alive } } },
      async () => ({
        status: "ok" as const,
      }),
    );

    app.get(
      "/readyz",
      {
        config,
        schema: {
          operationId: "isReady",
          summary: "Readiness: false while the log is away",
          ...open,
          response: { 200: Readiness, 503: Readiness },
        },
      },
      async (_request, reply) => {
        const reasons = notReady();
        const ready = reasons.length === 0;
        return reply.status(ready ? 200 : 503).send({
          status: ready ? "ready" : "not ready",
          ready,
          reasons,
          log: logHealth(),
          nearlyFull: nearlyFull(),
          views: views(),
          reactors: recent("reactors").some(({ active }) => active) ? "ready" : "missing",
          nats: nats(),
          missingBuckets: [...node.missingBuckets()],
          historiesSetAside: recent("historian").reduce((sum, { setAside = [] }) => sum + setAside.length, 0),
          missing: missingEntries(knownMissing(), recent("projector")).count,
        });
      },
    );

    app.get(
      "/metrics",
      { config, schema: { operationId: "getMetrics", summary: "Prometheus metrics", ...open } },
      async (_request, reply) => {
        const { contentType, text } = metrics();
        return reply.type(contentType).send(await text());
      },
    );
  };
}
