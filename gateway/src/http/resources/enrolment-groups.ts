import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { unknownEnrolmentGroup } from "@fleetlog/domain";
import {
  changeEnrolmentGroup,
  createEnrolmentGroup,
  endEnrolmentGroup,
  reopenEnrolment,
  rotateEnrolmentSecret,
} from "@fleetlog/fleet";
import {
  ChangeEnrolmentGroupBody,
  CreatedEnrolmentGroup,
  CreateEnrolmentGroupBody,
  EnrolmentGroupPage,
  EnrolmentGroupResource,
  ListEnrolmentGroupsQuery,
  RotatedEnrolmentSecret,
  RotateTokenBody,
} from "@fleetlog/protocol";
import Type from "typebox";
import { scopeFor } from "../access/authorize.ts";
import type { HttpContext } from "../context.ts";
import { NoQuery } from "../input/no-query.ts";
import { overlapFrom } from "../input/overlap.ts";
import { readerOptions } from "../input/reader-options.ts";
import { callerOf } from "./caller.ts";
import { ENROLMENT_EXAMPLES } from "./examples-onboarding.ts";
import type { HttpResource } from "./resource.ts";
import { WrittenSeq } from "./written.ts";

const tags = ["enrolment-groups"];
const id = Type.String({ maxLength: 64, description: "Id of an enrolment group" });
const ById = Type.Object({ id });
const ByDevice = Type.Object({ id, device: Type.String({ maxLength: 128, description: "A device's id" }) });

export const enrolmentGroups: HttpResource = {
  tag: "enrolment-groups",
  description: "Let many devices come aboard by one secret, by keys that are derived from it, or by certificates",
  schemas: {
    EnrolmentGroup: EnrolmentGroupResource,
    EnrolmentGroupPage,
    CreateEnrolmentGroup: CreateEnrolmentGroupBody,
    CreatedEnrolmentGroup,
    ChangeEnrolmentGroup: ChangeEnrolmentGroupBody,
    RotatedEnrolmentSecret,
  },
  examples: ENROLMENT_EXAMPLES,
  prefix: "/api",
  routes: enrolmentGroupRoutes,
};

function enrolmentGroupRoutes({ fleet, clock, notifiedSeq }: HttpContext): FastifyPluginAsyncTypebox {
  const written = new WrittenSeq(fleet.log);

  async function read(id: string, scope: ReturnType<typeof scopeFor>): Promise<EnrolmentGroupResource> {
    const options = { scope, ...readerOptions(Math.max(written.seq, notifiedSeq())) };
    const found = await fleet.views.query("enrolmentGroups.get", { id }, options);
    if (found === null) throw unknownEnrolmentGroup();
    return found;
  }

  return async (app) => {
    app.addHook("onClose", async () => written.stop());

    app.get(
      "/enrolment-groups",
      {
        config: { action: "enrolment-group.read" },
        schema: {
          operationId: "listEnrolmentGroups",
          summary: "List enrolment groups, the newest first",
          description: "Their devices' progress is in the list of provision requests with `enrolmentGroup`.",
          tags,
          querystring: ListEnrolmentGroupsQuery,
          response: { 200: EnrolmentGroupPage },
          problems: ["view-unavailable"],
        },
      },
      (request) => {
        const options = { scope: scopeFor(request), ...readerOptions(Math.max(written.seq, notifiedSeq())) };
        return fleet.views.query("enrolmentGroups.list", request.query, options);
      },
    );

    app.post(
      "/enrolment-groups",
      {
        config: { action: "enrolment-group.create", idempotent: true },
        schema: {
          operationId: "createEnrolmentGroup",
          summary: "Create an enrolment group",
          description:
            "A device logs in with its id as client id and as user name, and the secret as password; or, with `ca`, by its " +
            "certificate. Then it is provisioned as by a provision request. The secret is in this answer only.",
          tags,
          body: CreateEnrolmentGroupBody,
          response: { 201: CreatedEnrolmentGroup },
          problems: [
            "account-unknown",
            "device-type-unknown",
            "artifact-unknown",
            "authority-unknown",
            "limit-reached",
            "payload-too-large",
            "conflict",
            "view-unavailable",
            "log-full",
          ],
          hasLocation: true,
        },
      },
      async (request, reply) => {
        const { seq, ...created } = await createEnrolmentGroup(fleet, callerOf(request), request.body, clock());
        written.note(seq);
        return reply.status(201).header("location", `/api/enrolment-groups/${created.id}`).send(created);
      },
    );

    app.get(
      "/enrolment-groups/:id",
      {
        config: { action: "enrolment-group.read" },
        schema: {
          operationId: "getEnrolmentGroup",
          summary: "An enrolment group",
          tags,
          params: ById,
          querystring: NoQuery,
          response: { 200: EnrolmentGroupResource },
          problems: ["enrolment-group-unknown", "view-unavailable"],
        },
      },
      (request) => read(request.params.id, scopeFor(request)),
    );

    app.patch(
      "/enrolment-groups/:id",
      {
        config: { action: "enrolment-group.change" },
        schema: {
          operationId: "changeEnrolmentGroup",
          summary: "Change an enrolment group",
          tags,
          params: ById,
          body: ChangeEnrolmentGroupBody,
          response: { 200: EnrolmentGroupResource },
          problems: ["enrolment-group-unknown", "enrolment-closed", "conflict", "view-unavailable", "log-full"],
        },
      },
      async (request) => {
        const { id } = request.params;
        written.note((await changeEnrolmentGroup(fleet, callerOf(request), id, changeIn(request.body))).seq);
        return read(id, scopeFor(request));
      },
    );

    app.delete(
      "/enrolment-groups/:id",
      {
        config: { action: "enrolment-group.change" },
        schema: {
          operationId: "endEnrolmentGroup",
          summary: "End an enrolment group",
          description:
            "At once no device begins to enrol, on whatever node. Devices that are enrolled keep their access; those that have " +
            "begun may finish, or are stopped by their provision requests.",
          tags,
          params: ById,
          querystring: NoQuery,
          response: { 204: Type.Null() },
          problems: ["enrolment-group-unknown", "conflict", "log-full"],
        },
      },
      async (request, reply) => {
        written.note((await endEnrolmentGroup(fleet, callerOf(request), request.params.id)).seq);
        return reply.status(204).send(null);
      },
    );

    app.post(
      "/enrolment-groups/:id/token",
      {
        config: { action: "enrolment-group.change", idempotent: true },
        schema: {
          operationId: "rotateEnrolmentSecret",
          summary: "Replace the secret of an enrolment group",
          description:
            "The earlier secret ends at once, and with it the keys that were derived from it. With `overlap` both are valid " +
            "for that time.",
          tags,
          params: ById,
          body: RotateTokenBody,
          response: { 200: RotatedEnrolmentSecret },
          problems: ["enrolment-group-unknown", "enrolment-closed", "conflict", "log-full"],
        },
      },
      async (request) => {
        const overlapMs = overlapFrom(request.body?.overlap);
        const until = overlapMs === 0 ? undefined : clock() + overlapMs;
        const { seq, token } = await rotateEnrolmentSecret(fleet, callerOf(request), request.params.id, until);
        written.note(seq);
        return { token, ...(until !== undefined && { previousUntil: new Date(until).toISOString() }) };
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

/** Without the fields that are not given. */
function changeIn({ name, quota, enabled, expiresAt }: ChangeEnrolmentGroupBody) {
  return {
    ...(name !== undefined && { name }),
    ...(quota !== undefined && { quota }),
    ...(enabled !== undefined && { enabled }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}
