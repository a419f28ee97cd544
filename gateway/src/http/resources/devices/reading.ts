import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { isDeviceId, parseDeviceId } from "@fleetlog/domain";
import { DeviceDetail, DevicePage, DeviceResource, FleetSummary, ListDevicesQuery, MAX_ROWS } from "@fleetlog/protocol";
import Type from "typebox";
import { scopeFor } from "../../access/authorize.ts";
import type { HttpContext } from "../../context.ts";
import { NoQuery } from "../../input/no-query.ts";
import { readerOptions } from "../../input/reader-options.ts";
import { ById } from "./by-id.ts";
import { type DeviceReader, etagOf } from "./reader.ts";

const tags = ["devices"];
const RowsQuery = Type.Object(
  {
    ids: Type.Array(Type.String(), {
      maxItems: MAX_ROWS,
      description: `Up to ${MAX_ROWS} ids separated by commas; ids without a device are left out`,
    }),
  },
  { additionalProperties: false },
);
export const Rows = Type.Object({ items: Type.Array(DeviceResource) });

export function readingRoutes({ fleet: { views } }: HttpContext, reader: DeviceReader): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      "/devices",
      {
        config: { action: "device.read" },
        schema: {
          operationId: "listDevices",
          summary: "List devices",
          tags,
          querystring: ListDevicesQuery,
          response: { 200: DevicePage },
          problems: ["group-unknown", "view-unavailable"],
        },
      },
      (request) =>
        views.query("devices.list", request.query, { scope: scopeFor(request), ...readerOptions(reader.newest) }),
    );

    app.get(
      "/devices/summary",
      {
        config: { action: "device.read" },
        schema: {
          operationId: "summarizeFleet",
          summary: "Counts of the fleet",
          tags,
          querystring: NoQuery,
          response: { 200: FleetSummary },
          problems: ["view-unavailable"],
        },
      },
      (request) => views.query("devices.summary", {}, { scope: scopeFor(request), ...readerOptions(reader.newest) }),
    );

    app.get(
      "/devices/rows",
      {
        config: { action: "device.read" },
        schema: {
          operationId: "listDeviceRows",
          summary: "Rows of a list by their ids",
          tags,
          querystring: RowsQuery,
          response: { 200: Rows },
          problems: ["view-unavailable"],
        },
      },
      async (request) => {
        return {
          items: await reader.rows(
            request.query.ids.filter((id) => isDeviceId(id)),
            scopeFor(request),
          ),
        };
      },
    );

    app.get(
      "/devices/:id",
      {
        config: { action: "device.read" },
        schema: {
          operationId: "getDevice",
          summary: "One device",
          tags,
          params: ById,
          querystring: NoQuery,
          response: { 200: DeviceDetail },
          problems: ["device-unknown", "view-unavailable"],
          hasEtag: true,
        },
      },
      async (request, reply) => {
        const device = await reader.detail(parseDeviceId(request.params.id), scopeFor(request));
        return reply.header("etag", etagOf(device)).send(device);
      },
    );
  };
}
