import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { AuditEntry, AuditPage, ListAuditQuery } from "@fleetlog/protocol";
import type { FastifyRequest } from "fastify";
import Type from "typebox";
import { personOf } from "../../access/authorize.ts";
import type { HttpContext } from "../../context.ts";
import { sendCsv, wantsCsv } from "../../csv/csv.ts";
import { readerOptions } from "../../input/reader-options.ts";
import type { HttpResource } from "../resource.ts";
import { auditPage } from "./entries.ts";
import { AUDIT_EXAMPLES } from "./examples.ts";
import { COLUMNS, exportRows } from "./export.ts";

export const audit: HttpResource = {
  tag: "audit",
  description:
    "Who did what, from where, who signed in or out, and who was refused. For analysts, owners and administrators; " +
    "analysts do not see who signed in",
  schemas: { AuditEntry, AuditPage },
  examples: AUDIT_EXAMPLES,
  prefix: "/api",
  routes: auditRoutes,
};

function auditRoutes({ fleet, notifiedSeq }: HttpContext): FastifyPluginAsyncTypebox {
  const read = (request: FastifyRequest) => {
    const acts = readerOptions(notifiedSeq());
    const access = readerOptions(notifiedSeq("ACCESS"));
    const reader = { fleet, person: personOf(request), acts, access };
    return (query: ListAuditQuery) => auditPage(reader, query);
  };
  return async (app) => {
    app.get(
      "/audit",
      {
        config: { action: "audit.read" },
        schema: {
          operationId: "listAudit",
          summary: "Who did what, who signed in, and who was refused, the newest first",
          description:
            "Built from the events of people and programs and from the stream ACCESS. The newest 100,000 " +
            "acts, 20,000 refusals and 20,000 sign-ins are kept. After the first one, the equal refusals or sign-ins of a minute are one entry with a count. With `Accept: text/csv` the answer is a file with all matching entries, or `limit` of them.",
          tags: ["audit"],
          querystring: ListAuditQuery,
          response: {
            200: {
              content: {
                "application/json": { schema: AuditPage },
                "text/csv": { schema: Type.Unsafe<unknown>({ type: "string", description: "A line for each entry" }) },
              },
            },
          },
          problems: ["view-unavailable"],
        },
      },
      async (request, reply) => {
        const page = read(request);
        reply.header("vary", "accept");
        if (!wantsCsv(request.headers.accept)) return reply.type("application/json").send(await page(request.query));
        return sendCsv(reply, "audit.csv", COLUMNS, exportRows(page, request.query));
      },
    );
  };
}
