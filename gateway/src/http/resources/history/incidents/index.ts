import { Readable } from "node:stream";
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { isLimited } from "@fleetlog/domain";
import { actionsOf } from "@fleetlog/identity";
import { type HistorianIncidentRequest, INCIDENT, IncidentRequest } from "@fleetlog/protocol";
import Type from "typebox";
import { personOf, scopeFor } from "../../../access/authorize.ts";
import { untilClosed } from "../../../closed.ts";
import type { HttpContext } from "../../../context.ts";
import type { HttpResource } from "../../resource.ts";
import { momentFrom } from "../moment.ts";

const MEDIA_TYPE = "application/vnd.fleetlog.incident";

export const incidents: HttpResource = {
  tag: "history",
  schemas: { IncidentRequest },
  examples: {
    IncidentRequest: { from: "2026-01-31T03:00:00Z", to: "2026-01-31T04:00:00Z", devices: ["pump-1", "pump-2"] },
  },
  prefix: "/api",
  routes: incidentRoutes,
};

function incidentRoutes({ fleet }: HttpContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      "/history/incidents",
      {
        config: { action: "history.read" },
        schema: {
          operationId: "bundleIncident",
          summary: "A span of history of some devices, a group or the fleet as one signed file",
          description:
            "Has the devices' events as the log stores them, the events of their gateways, the rows before the span, and proofs " +
            "that the events are in the log. `npm run verify -- bundle.fleetlog` checks it on another machine. Names and " +
            "addresses of people stay sealed. The download breaks off if the log differs from its marks, the hashes that were recorded of it.",
          tags: ["history"],
          body: IncidentRequest,
          response: {
            200: {
              content: {
                [MEDIA_TYPE]: { schema: Type.Unsafe<unknown>({ type: "string", description: "Lines of JSON" }) },
              },
            },
          },
          problems: ["device-unknown", "group-unknown", "history-unavailable", "conflict"],
        },
      },
      async (request, reply) => {
        const { from, to, ...selection } = request.body;
        const scope = scopeFor(request);
        const asked: HistorianIncidentRequest = {
          ...{ ...selection, from: momentFrom(from, "from"), to: momentFrom(to, "to") },
          messages: actionsOf(personOf(request)).has("channel.read"),
          ...(scope !== undefined && isLimited(scope) && { scope }),
        };
        const parts = fleet.history.read(INCIDENT, asked, untilClosed(reply.raw));
        // An error before the first part is answered with a problem. A later error cuts the file off.
        const first = await parts.next();
        async function* text(): AsyncGenerator<string> {
          if (first.done !== true) yield first.value;
          yield* parts;
        }
        return reply
          .header("content-type", MEDIA_TYPE)
          .header("content-disposition", `attachment; filename="incident.fleetlog"`)
          .send(Readable.from(text(), { objectMode: false }));
      },
    );
  };
}
