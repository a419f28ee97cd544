import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { isLimited } from "@fleetlog/domain";
import { readableCategories } from "@fleetlog/identity";
import { CHAIN, Chain, ChainEdge, ChainNode, ChainQuery, type ChainRequest } from "@fleetlog/protocol";
import Type from "typebox";
import { personOf, scopeFor } from "../../../access/authorize.ts";
import type { HttpContext } from "../../../context.ts";
import type { HttpResource } from "../../resource.ts";
import { CHAIN_EXAMPLES } from "./examples.ts";
import { mermaidOf } from "./mermaid.ts";

const ById = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 1_024, description: "Of an event or a command; write `/` as `%2F`" }),
});

export const chains: HttpResource = {
  tag: "history",
  schemas: { Chain, ChainNode, ChainEdge },
  examples: CHAIN_EXAMPLES,
  prefix: "/api",
  routes: chainRoutes,
};

function chainRoutes({ fleet }: HttpContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      "/history/chain/:id",
      {
        config: { action: "history.read" },
        schema: {
          operationId: "getChain",
          summary: "What caused an event or a command, and what it caused",
          description:
            "The events by which it came about, and all events that it caused, over devices and gateways, with the fields " +
            "of devices that they changed. With `as=mermaid` the answer is the text of a Mermaid flowchart. Events that the " +
            "caller may not see are omitted, or have no content if they connect other events.",
          tags: ["history"],
          params: ById,
          querystring: ChainQuery,
          response: {
            200: {
              content: {
                "application/json": { schema: Chain },
                "text/plain": { schema: Type.Unsafe<unknown>({ type: "string", description: "A Mermaid flowchart" }) },
              },
            },
          },
          problems: ["not-found", "history-unavailable"],
        },
      },
      async (request, reply) => {
        const { as = "json", ...query } = request.query;
        const scope = scopeFor(request);
        const asked: ChainRequest = {
          ...query,
          id: request.params.id,
          categories: readableCategories(personOf(request)),
          ...(scope !== undefined && isLimited(scope) && { scope }),
        };
        const chain = await fleet.history.answer<Chain>(CHAIN, asked);
        if (as === "json") return reply.type("application/json").send(chain);
        return reply.type("text/plain; charset=utf-8").send(mermaidOf(chain));
      },
    );
  };
}
