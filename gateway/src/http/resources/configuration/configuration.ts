import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { FleetError, parseDeviceId, type Scope, statusAfter } from "@fleetlog/domain";
import {
  allowOnDevice,
  configurationsBefore,
  desiredConfiguration,
  restoreConfiguration,
  setConfiguration,
} from "@fleetlog/fleet";
import {
  ConfigurationResource,
  ConfigurationRevision,
  ConfigurationRevisionPage,
  ListRevisionsQuery,
  ReportedConfiguration,
  SetConfigurationBody,
} from "@fleetlog/protocol";
import Type from "typebox";
import { scopeFor } from "../../access/authorize.ts";
import type { HttpContext } from "../../context.ts";
import { IfMatch, revisionsIn } from "../../input/if-match.ts";
import { NoQuery } from "../../input/no-query.ts";
import { readerOptions } from "../../input/reader-options.ts";
import { callerOf } from "../caller.ts";
import type { HttpResource } from "../resource.ts";
import { CONFIGURATION_EXAMPLES } from "./examples.ts";

const tags = ["devices"];
const ById = Type.Object({ id: Type.String() });
const ByRevision = Type.Object({
  id: Type.String(),
  revision: Type.String({ pattern: "^[1-9][0-9]{0,14}$", accepts: "the number of a revision" }),
});
const PAGE_BYTES = 2 * 1024 ** 2;
const CHANGE_PROBLEMS = [
  "device-unknown",
  "device-retired",
  "precondition-failed",
  "payload-too-large",
  "conflict",
  "view-unavailable",
  "log-full",
] as const;

export const configuration: HttpResource = {
  tag: "devices",
  schemas: {
    Configuration: ConfigurationResource,
    ReportedConfiguration,
    ConfigurationRevision,
    ConfigurationRevisionPage,
    SetConfiguration: SetConfigurationBody,
  },
  examples: CONFIGURATION_EXAMPLES,
  prefix: "/api",
  routes: configurationRoutes,
};

function configurationRoutes({ fleet, notifiedSeq }: HttpContext): FastifyPluginAsyncTypebox {
  const { log, views } = fleet;

  async function current(id: string, scope: Scope, written = 0): Promise<ConfigurationResource> {
    const [device, last] = await Promise.all([log.last("device", id), log.last("configuration", id)]);
    const atLeast = Math.max(written, notifiedSeq(), device?.seq ?? 0, last?.seq ?? 0);
    const found =
      device === undefined
        ? null
        : await views.query("configuration.get", { id }, { scope, ...readerOptions(atLeast) });
    if (found === null) throw new FleetError("device-unknown", `there is no device ${id}`, { field: "id" });
    return found;
  }

  return async (app) => {
    app.get(
      "/devices/:id/configuration",
      {
        config: { action: "device.read" },
        schema: {
          operationId: "getConfiguration",
          summary: "A device's desired and reported configuration",
          tags,
          params: ById,
          querystring: NoQuery,
          response: { 200: ConfigurationResource },
          problems: ["device-unknown", "view-unavailable"],
          hasEtag: true,
        },
      },
      async (request, reply) => {
        const found = await current(parseDeviceId(request.params.id), scopeFor(request));
        return reply.header("etag", etagOf(found)).send(found);
      },
    );

    app.put(
      "/devices/:id/configuration",
      {
        config: { action: "configuration.set" },
        schema: {
          operationId: "setConfiguration",
          summary: "Set the device's own values",
          description:
            "`If-Match` is the revision that the caller has read; if there is a newer revision, the answer is 412 and says who " +
            "has set it and what has changed. The result must be valid by the schema of the device's type.",
          tags,
          params: ById,
          headers: IfMatch,
          body: SetConfigurationBody,
          response: { 200: ConfigurationResource },
          problems: CHANGE_PROBLEMS,
          hasEtag: true,
        },
      },
      async (request, reply) => {
        const id = parseDeviceId(request.params.id);
        const ifRevision = revisionsIn(request.headers["if-match"]);
        const { seq } = await setConfiguration(fleet, callerOf(request), id, request.body.values, ifRevision);
        const now = await current(id, scopeFor(request), seq);
        return reply.header("etag", etagOf(now)).send(now);
      },
    );

    app.get(
      "/devices/:id/configuration/revisions",
      {
        config: { action: "device.read" },
        schema: {
          operationId: "listConfigurationRevisions",
          summary: "Revisions of the desired configuration, the newest first",
          tags,
          params: ById,
          querystring: ListRevisionsQuery,
          response: { 200: ConfigurationRevisionPage },
          problems: ["device-unknown", "view-unavailable"],
        },
      },
      async (request) => {
        const id = parseDeviceId(request.params.id);
        const visible = await allowOnDevice(fleet, callerOf(request), "device.read", id);
        if (statusAfter(await log.last("device", id)) === "unknown")
          throw new FleetError("device-unknown", `there is no device ${id}`, { field: "id" });
        const { limit = 20, cursor } = request.query;
        const total = (await desiredConfiguration(fleet, id))?.revision ?? 0;
        return { ...(await revisionPage(id, limit, cursor, visible?.from.seq)), total };
      },
    );

    app.post(
      "/devices/:id/configuration/revisions/:revision/restore",
      {
        config: { action: "configuration.set" },
        schema: {
          operationId: "restoreConfiguration",
          summary: "Restore an earlier revision",
          description: "Makes a new revision with the same values, even if the defaults have changed.",
          tags,
          params: ByRevision,
          headers: IfMatch,
          response: { 200: ConfigurationResource },
          problems: CHANGE_PROBLEMS,
          hasEtag: true,
        },
      },
      async (request, reply) => {
        const id = parseDeviceId(request.params.id);
        const ifRevision = revisionsIn(request.headers["if-match"]);
        const revision = Number(request.params.revision);
        const { seq } = await restoreConfiguration(fleet, callerOf(request), id, revision, ifRevision);
        const now = await current(id, scopeFor(request), seq);
        return reply.header("etag", etagOf(now)).send(now);
      },
    );
  };

  async function revisionPage(id: string, limit: number, cursor: string | undefined, since = 0) {
    const before = cursor === undefined ? undefined : Number(cursor);
    if (before !== undefined && !(Number.isSafeInteger(before) && before > 1))
      throw new FleetError("invalid-request", "cursor is not one of this list", { field: "cursor" });
    const items: ConfigurationRevision[] = [];
    let bytes = 0;
    let next: string | null = null;
    let last = 0;
    for await (const event of configurationsBefore(log, id, before)) {
      if (event.seq < since) break;
      const { by, device: _, ...data } = event.data;
      bytes += Buffer.byteLength(JSON.stringify(data));
      if (items.length === limit || (items.length > 0 && bytes > PAGE_BYTES)) {
        next = String(last);
        break;
      }
      last = event.seq;
      items.push({ ...(data as Omit<ConfigurationRevision, "setAt" | "setBy">), setAt: event.time, setBy: by });
    }
    return { items, next };
  }
}

function etagOf({ revision }: ConfigurationResource): string {
  return `"${revision}"`;
}
