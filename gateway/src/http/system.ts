import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { type GatewayBeat, type GatewayResource, SystemResource } from "@fleetlog/protocol";
import type { Heard } from "../node/beats.ts";
import { readStreams } from "../node/streams.ts";
import { askViews } from "../views/ask.ts";
import type { HttpContext } from "./context.ts";
import { NoQuery } from "./no-query.ts";

/** What is shown when things are broken must not wait for what is broken. */
const PATIENCE_MS = 1_000;

/** The processes and what is between them. Says what it knows: nothing of it fails because a part is away. */
export function systemRoutes(context: HttpContext): FastifyPluginAsyncTypebox {
  const { backbone, beats, node } = context;

  async function gateways(heard: readonly Heard[]): Promise<GatewayResource[]> {
    const known = await askViews(backbone.bus, "gateways.list", {}, { waitMs: PATIENCE_MS }).catch(() => []);
    const beating = new Map(
      heard.flatMap(({ beat, at }) => (beat.kind === "gateway" ? [[beat.id, { beat, at }] as const] : [])),
    );
    const shown = known.map((gateway) => {
      const live = beating.get(gateway.name);
      if (live?.beat.incarnation !== gateway.incarnation) return gateway;
      beating.delete(gateway.name);
      return { ...gateway, live: liveOf(live.beat, live.at) };
    });
    const shownNames = new Set(shown.map(({ name }) => name));
    // Heard, but not yet in the views, or nobody answers for them.
    const others = [...beating.values()].filter(({ beat }) => !shownNames.has(beat.id));
    return [...shown, ...others.map(({ beat, at }) => onlyHeard(beat, at))];
  }

  return async (app) => {
    app.get(
      "/system",
      {
        schema: {
          operationId: "getSystem",
          summary: "Gateways, projectors, reactors and streams",
          tags: ["system"],
          querystring: NoQuery,
          response: { 200: SystemResource },
        },
      },
      async () => {
        const heard = beats();
        const [known, log] = await Promise.all([gateways(heard), readStreams(backbone.log, node.maxBytes)]);
        return {
          version: node.version,
          gateways: known,
          projectors: heard.flatMap(({ beat, at }) =>
            beat.kind === "projector"
              ? [{ id: beat.id, seq: beat.seq, lag: beat.lag, state: beat.state, heardAt: iso(at) }]
              : [],
          ),
          reactors: heard.flatMap(({ beat, at }) =>
            beat.kind === "reactors" ? [{ id: beat.id, active: beat.active, heardAt: iso(at) }] : [],
          ),
          streams: [...log],
        };
      },
    );
  };
}

function onlyHeard(beat: GatewayBeat, at: number): GatewayResource {
  const { id, incarnation } = beat;
  return { name: id, incarnation, status: "running", since: iso(at), live: liveOf(beat, at), seq: 0 };
}

function liveOf(beat: GatewayBeat, at: number): NonNullable<GatewayResource["live"]> {
  const { connections, eventsPerSecond, commandsPerSecond, appendMs, logStatus, lease } = beat;
  const live = { connections, eventsPerSecond, commandsPerSecond, appendMs, logStatus, heardAt: iso(at) };
  if (lease === undefined) return live;
  // By ages and this node's clock: two nodes' clocks need not agree.
  const renewed = at - lease.ageMs;
  return { ...live, lease: { renewedAt: iso(renewed), lapsesAt: iso(renewed + lease.ttlMs) } };
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
