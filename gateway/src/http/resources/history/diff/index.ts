import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { isLimited } from "@fleetlog/domain";
import { DIFF, Diff, DiffCause, DiffItem, DiffQuery, type DiffRequest } from "@fleetlog/protocol";
import { scopeFor } from "../../../access/authorize.ts";
import type { HttpContext } from "../../../context.ts";
import type { HttpResource } from "../../resource.ts";
import { momentFrom } from "../moment.ts";
import { DIFF_EXAMPLES } from "./examples.ts";

export const differences: HttpResource = {
  tag: "history",
  schemas: { Diff, DiffItem, DiffCause },
  examples: DIFF_EXAMPLES,
  prefix: "/api",
  routes: differencesRoutes,
};

function differencesRoutes({ fleet }: HttpContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      "/history/diff",
      {
        config: { action: "history.read" },
        schema: {
          operationId: "compareMoments",
          summary: "What changed between two moments, and what caused it",
          description:
            "The fields of devices that differ between the states after two events, the newest change first, with the " +
            "events that changed them. A field that has its old value again is left out. All pages are of the first page's " +
            "moments. The answer has the devices that the caller may see today. A device that was moved to the " +
            "caller's account after `from` without its history is left out.",
          tags: ["history"],
          querystring: DiffQuery,
          response: { 200: Diff },
          problems: ["device-unknown", "group-unknown", "query-limit", "history-unavailable"],
        },
      },
      async (request) => {
        const { from, to, ...query } = request.query;
        const scope = scopeFor(request);
        const asked: DiffRequest = {
          ...query,
          from: momentFrom(from, "from"),
          ...(to !== undefined && { to: momentFrom(to, "to") }),
          ...(scope !== undefined && isLimited(scope) && { scope }),
        };
        return await fleet.history.answer<Diff>(DIFF, asked);
      },
    );
  };
}
