import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { DeviceType } from "@fleetlog/domain";
import { deleteDeviceType, putDeviceType, unknownType } from "@fleetlog/fleet";
import {
  DEFINITION_NAME,
  DeviceTypeBody,
  DeviceTypePage,
  DeviceTypeResource,
  ListDefinitionsQuery,
} from "@fleetlog/protocol";
import Type from "typebox";
import { scopeFor } from "../access/authorize.ts";
import type { HttpContext } from "../context.ts";
import { IfMatch, revisionsIn } from "../input/if-match.ts";
import { NoQuery } from "../input/no-query.ts";
import { readerOptions } from "../input/reader-options.ts";
import { callerOf } from "./caller.ts";
import { DEVICE_TYPE_EXAMPLES } from "./examples-configuration.ts";
import type { HttpResource } from "./resource.ts";
import { WrittenSeq } from "./written.ts";

const tags = ["device types"];
const ByName = Type.Object({ name: Type.String({ ...DEFINITION_NAME }) });

export const deviceTypes: HttpResource = {
  tag: "device types",
  description: "What devices of one kind have in common: schema and default of their configuration, commands",
  schemas: { DeviceType: DeviceTypeResource, DeviceTypePage, PutDeviceType: DeviceTypeBody },
  examples: DEVICE_TYPE_EXAMPLES,
  prefix: "/api",
  routes: deviceTypeRoutes,
};

function deviceTypeRoutes(context: HttpContext): FastifyPluginAsyncTypebox {
  const { fleet, notifiedSeq } = context;
  const { log, views } = fleet;
  const written = new WrittenSeq(log);
  const newest = (atLeast = 0) => readerOptions(Math.max(atLeast, written.seq, notifiedSeq()));

  return async (app) => {
    app.addHook("onClose", async () => written.stop());
    app.get(
      "/device-types",
      {
        config: { action: "device-type.read" },
        schema: {
          operationId: "listDeviceTypes",
          summary: "List device types",
          tags,
          querystring: ListDefinitionsQuery,
          response: { 200: DeviceTypePage },
          problems: ["view-unavailable"],
        },
      },
      (request) => views.query("types.list", request.query, { scope: scopeFor(request), ...newest() }),
    );

    app.get(
      "/device-types/:name",
      {
        config: { action: "device-type.read" },
        schema: {
          operationId: "getDeviceType",
          summary: "One device type",
          tags,
          params: ByName,
          querystring: NoQuery,
          response: { 200: DeviceTypeResource },
          problems: ["device-type-unknown", "view-unavailable"],
          hasEtag: true,
        },
      },
      async (request, reply) => {
        const { name } = request.params;
        const last = await log.last("type", name);
        const options = { scope: scopeFor(request), ...newest(last?.seq) };
        const found = await views.query("types.get", { name }, options);
        if (found === null) throw unknownType(name, "name");
        return reply.header("etag", `"${found.seq}"`).send(found);
      },
    );

    app.put(
      "/device-types/:name",
      {
        config: { action: "device-type.change" },
        schema: {
          operationId: "putDeviceType",
          summary: "Define or replace a device type",
          description:
            "Of the schema, `pattern`, `format` and references are not checked. Where its default changes, its devices " +
            "get a new revision of their desired configuration.",
          tags,
          params: ByName,
          headers: IfMatch,
          body: DeviceTypeBody,
          response: { 200: DeviceTypeResource, 201: DeviceTypeResource },
          problems: ["forbidden", "precondition-failed", "payload-too-large", "conflict", "log-full"],
          hasEtag: true,
        },
      },
      async (request, reply) => {
        const { name } = request.params;
        const caller = callerOf(request);
        const body = request.body as DeviceType;
        const ifRevision = revisionsIn(request.headers["if-match"]);
        const { seq, created } = await putDeviceType(fleet, caller, name, body, ifRevision);
        written.note(seq);
        const options = { scope: scopeFor(request), ...newest(seq), whenAway: "fail" } as const;
        const found = await views.query("types.get", { name }, options).catch(() => null);
        const changedAt = new Date(context.clock()).toISOString();
        const now = found ?? { ...request.body, name, devices: 0, changedAt, changedBy: caller.by, seq };
        return reply
          .status(created ? 201 : 200)
          .header("etag", `"${seq}"`)
          .send(now);
      },
    );

    app.delete(
      "/device-types/:name",
      {
        config: { action: "device-type.change" },
        schema: {
          operationId: "deleteDeviceType",
          summary: "Delete a device type that no device is of",
          tags,
          params: ByName,
          headers: IfMatch,
          response: { 204: Type.Null() },
          problems: ["forbidden", "device-type-unknown", "device-type-in-use", "precondition-failed", "log-full"],
        },
      },
      async (request, reply) => {
        const ifRevision = revisionsIn(request.headers["if-match"]);
        const { seq } = await deleteDeviceType(fleet, callerOf(request), request.params.name, ifRevision);
        written.note(seq);
        return reply.status(204).send(null);
      },
    );
  };
}
