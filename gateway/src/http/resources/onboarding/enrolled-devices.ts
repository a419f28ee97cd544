import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { enrolledIn, reopenEnrolment } from "@fleetlog/fleet";
import { EnrolledDevicePage, ListEnrolledDevicesQuery } from "@fleetlog/protocol";
import Type from "typebox";
import { scopeFor } from "../../access/authorize.ts";
import type { HttpContext } from "../../context.ts";
import { NoQuery } from "../../input/no-query.ts";
import { callerOf } from "../caller.ts";
import type { WrittenSeq } from "../written.ts";

const tags = ["enrolment-groups"];
export const ENROLMENT_GROUP_ID = Type.String({ maxLength: 64, description: "Id of an enrolment group" });
const ById = Type.Object({ id: ENROLMENT_GROUP_ID });
const ByDevice = Type.Object({
  id: ENROLMENT_GROUP_ID,
  device: Type.String({ maxLength: 128, description: "A device's id" }),
});

/** The devices that a group has enrolled. @param written notes the changes that lists of groups must have */
export function enrolledDevicesRoutes(fleet: HttpContext["fleet"], written: WrittenSeq): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      "/enrolment-groups/:id/devices",
      {
        config: { action: "enrolment-group.read" },
        schema: {
          operationId: "listEnrolledDevices",
          summary: "The devices that a group has enrolled, by their ids",
          tags,
          params: ById,
          querystring: ListEnrolledDevicesQuery,
          response: { 200: EnrolledDevicePage },
          problems: ["enrolment-group-unknown"],
        },
      },
      async (request) => {
        const { limit = 100, ...query } = request.query;
        const page = await enrolledIn(fleet, request.params.id, scopeFor(request), { limit, ...query });
        const items = page.items.map(({ device, request: id, open = false }) => ({ device, request: id, open }));
        return { ...page, items };
      },
    );

    app.post(
      "/enrolment-groups/:id/devices/:device/reopen",
      {
        config: { action: "enrolment-group.change" },
        schema: {
          operationId: "reopenEnrolment",
          summary: "Let a device of the group enrol once more",
          tags,
          params: ByDevice,
          querystring: NoQuery,
          response: { 204: Type.Null() },
          problems: ["enrolment-group-unknown", "enrolment-closed", "device-unknown", "conflict", "log-full"],
        },
      },
      async (request, reply) => {
        const { id, device } = request.params;
        written.note((await reopenEnrolment(fleet, callerOf(request), id, device)).seq);
        return reply.status(204).send(null);
      },
    );
  };
}
