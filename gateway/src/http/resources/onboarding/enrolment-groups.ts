import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { unknownEnrolmentGroup } from "@fleetlog/domain";
import {
  changeEnrolmentGroup,
  createEnrolmentGroup,
  endEnrolmentGroup,
  enrolmentRevision,
  rotateEnrolmentSecret,
} from "@fleetlog/fleet";
import {
  ChangeEnrolmentGroupBody,
  CreatedEnrolmentGroup,
  CreateEnrolmentGroupBody,
  EnrolledDevicePage,
  EnrolmentGroupPage,
  EnrolmentGroupResource,
  ListEnrolmentGroupsQuery,
  RotatedEnrolmentSecret,
  RotateTokenBody,
} from "@fleetlog/protocol";
import Type from "typebox";
import { scopeFor } from "../../access/authorize.ts";
import type { HttpContext } from "../../context.ts";
import { IfMatch, revisionsIn } from "../../input/if-match.ts";
import { NoQuery } from "../../input/no-query.ts";
import { overlapFrom } from "../../input/overlap.ts";
import { readerOptions } from "../../input/reader-options.ts";
import { callerOf } from "../caller.ts";
import type { HttpResource } from "../resource.ts";
import { WrittenSeq } from "../written.ts";
import { ENROLMENT_GROUP_ID, enrolledDevicesRoutes } from "./enrolled-devices.ts";
import { ENROLMENT_EXAMPLES } from "./examples.ts";

const tags = ["enrolment-groups"];
const ById = Type.Object({ id: ENROLMENT_GROUP_ID });

export const enrolmentGroups: HttpResource = {
  tag: "enrolment-groups",
  description: "Let many devices enrol with one secret, by keys that are derived from it, or by certificates",
  schemas: {
    EnrolmentGroup: EnrolmentGroupResource,
    EnrolmentGroupPage,
    CreateEnrolmentGroup: CreateEnrolmentGroupBody,
    CreatedEnrolmentGroup,
    ChangeEnrolmentGroup: ChangeEnrolmentGroupBody,
    RotatedEnrolmentSecret,
    EnrolledDevicePage,
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
          description:
            "The progress of a group's devices is in the list of provision requests, filtered by `enrolmentGroup`.",
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
            "A device logs in with its id as client id and user name, and the secret as password, or, with `ca`, by its " +
            "certificate. The device is then provisioned like one with a provision request. The secret is only in this answer.",
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
          hasEtag: true,
        },
      },
      async (request, reply) => {
        const found = await read(request.params.id, scopeFor(request));
        return reply.header("etag", etagOf(found)).send(found);
      },
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
          headers: IfMatch,
          body: ChangeEnrolmentGroupBody,
          response: { 200: EnrolmentGroupResource },
          problems: [
            "enrolment-group-unknown",
            "enrolment-closed",
            "precondition-failed",
            "conflict",
            "view-unavailable",
            "log-full",
          ],
          hasEtag: true,
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const ifRevision = revisionsIn(request.headers["if-match"]);
        const changed = await changeEnrolmentGroup(fleet, callerOf(request), id, changeIn(request.body), ifRevision);
        written.note(changed.seq);
        const found = await read(id, scopeFor(request));
        return reply.header("etag", etagOf(found)).send(found);
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
            "From then on no device begins to enrol, on any node. Devices that are enrolled keep their access. Devices that have " +
            "begun may finish, unless an operator stops their provision requests.",
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
            "The earlier secret and the keys that were derived from it end at once. With `overlap` both secrets are valid " +
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
        const caller = callerOf(request);
        const until = overlapMs === 0 ? undefined : (caller.repeatable?.since ?? clock()) + overlapMs;
        const { seq, token } = await rotateEnrolmentSecret(fleet, caller, request.params.id, until);
        written.note(seq);
        return { token, ...(until !== undefined && { previousUntil: new Date(until).toISOString() }) };
      },
    );

    await app.register(enrolledDevicesRoutes(fleet, written));
  };
}

function etagOf({ expiresAt, ...group }: EnrolmentGroupResource): string {
  return `"${enrolmentRevision({ ...group, ...(expiresAt !== undefined && { expiresOn: expiresAt }) })}"`;
}

/** The change, without the fields that are not given. */
function changeIn({ name, quota, enabled, expiresAt }: ChangeEnrolmentGroupBody) {
  return {
    ...(name !== undefined && { name }),
    ...(quota !== undefined && { quota }),
    ...(enabled !== undefined && { enabled }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}
