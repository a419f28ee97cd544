import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { type Scope, unknownScan } from "@fleetlog/domain";
import { startScan } from "@fleetlog/fleet";
import { ListScansQuery, ScanPage, ScanResource, StartScanBody } from "@fleetlog/protocol";
import Type from "typebox";
import { scopeFor } from "../../access/authorize.ts";
import type { HttpContext } from "../../context.ts";
import { NoQuery } from "../../input/no-query.ts";
import { readerOptions } from "../../input/reader-options.ts";
import { callerOf } from "../caller.ts";
import type { HttpResource } from "../resource.ts";
import { WrittenSeq } from "../written.ts";
import { SCAN_EXAMPLES } from "./examples.ts";

const tags = ["scans"];
const ById = Type.Object({ id: Type.String({ maxLength: 64, description: "Id of a scan" }) });
const StartedScan = Type.Object({ id: Type.String(), account: Type.String() });

export const scans: HttpResource = {
  tag: "scans",
  description: "Compare devices with the catalogues of their account",
  schemas: { Scan: ScanResource, ScanPage, StartScan: StartScanBody, StartedScan },
  examples: SCAN_EXAMPLES,
  prefix: "/api",
  routes: scanRoutes,
};

function scanRoutes({ fleet, notifiedSeq }: HttpContext): FastifyPluginAsyncTypebox {
  const { log, views } = fleet;
  const written = new WrittenSeq(log);
  const newest = () => readerOptions(Math.max(written.seq, notifiedSeq()));

  return async (app) => {
    app.addHook("onClose", async () => written.stop());
    app.post(
      "/scans",
      {
        config: { action: "scan.start", idempotent: true },
        schema: {
          operationId: "startScan",
          summary: "Compare devices with the catalogues of their account",
          description: "The answer comes at once; `getScan` shows the progress, and `listUpdates` what was found.",
          tags,
          body: StartScanBody,
          response: { 202: StartedScan },
          problems: [
            "account-unknown",
            "catalogue-unknown",
            "group-unknown",
            "device-unknown",
            "view-unavailable",
            "conflict",
            "log-full",
          ],
          hasLocation: true,
        },
      },
      async (request, reply) => {
        const { seq, ...started } = await startScan(fleet, callerOf(request), request.body);
        written.note(seq);
        return reply.status(202).header("location", `/api/scans/${started.id}`).send(started);
      },
    );

    app.get(
      "/scans",
      {
        config: { action: "scan.read" },
        schema: {
          operationId: "listScans",
          summary: "List scans, the newest first",
          tags,
          querystring: ListScansQuery,
          response: { 200: ScanPage },
          problems: ["view-unavailable"],
        },
      },
      async (request) => {
        const scope = scopeFor(request);
        const page = await views.query("scans.list", request.query, { scope, ...newest() });
        return { ...page, items: page.items.map((one) => scanWithin(one, scope)) };
      },
    );

    app.get(
      "/scans/:id",
      {
        config: { action: "scan.read" },
        schema: {
          operationId: "getScan",
          summary: "A scan and its progress",
          tags,
          params: ById,
          querystring: NoQuery,
          response: { 200: ScanResource },
          problems: ["scan-unknown", "view-unavailable"],
        },
      },
      async (request) => {
        const { id } = request.params;
        const scope = scopeFor(request);
        const found = await views.query("scans.get", { id }, { scope, ...newest() });
        if (found === null) throw unknownScan(id);
        return scanWithin(found, scope);
      },
    );
  };
}

/** People who are limited to tags do not see which other devices were scanned. */
export function scanWithin({ to, ...scan }: ScanResource, { tags: limits }: Scope): ScanResource {
  return limits === undefined && to !== undefined ? { ...scan, to } : scan;
}
