import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { FleetError, type Group } from "@fleetlog/domain";
import { deleteGroup, putGroup } from "@fleetlog/fleet";
import {
  DEFINITION_NAME,
  GroupBody,
  GroupFilter,
  GroupPage,
  GroupResource,
  ListDefinitionsQuery,
} from "@fleetlog/protocol";
import Type from "typebox";
import { scopeFor } from "../access/authorize.ts";
import type { HttpContext } from "../context.ts";
import { IfMatch, revisionsIn } from "../input/if-match.ts";
import { NoQuery } from "../input/no-query.ts";
import { readerOptions } from "../input/reader-options.ts";
import { callerOf } from "./caller.ts";
import { GROUP_EXAMPLES } from "./examples-configuration.ts";
import type { HttpResource } from "./resource.ts";
import { WrittenSeq } from "./written.ts";

const tags = ["groups"];
const ByName = Type.Object({ name: Type.String({ ...DEFINITION_NAME }) });

export const groups: HttpResource = {
  tag: "groups",
  description: "Saved filters of the list of devices, with a default configuration",
  schemas: { GroupFilter, Group: GroupResource, GroupPage, PutGroup: GroupBody },
  examples: GROUP_EXAMPLES,
  prefix: "/api",
  routes: groupRoutes,
};

function groupRoutes(context: HttpContext): FastifyPluginAsyncTypebox {
  const { fleet, notifiedSeq } = context;
  const { log, views } = fleet;
  const written = new WrittenSeq(log);
  const newest = (atLeast = 0) => readerOptions(Math.max(atLeast, written.seq, notifiedSeq()));

  return async (app) => {
    app.addHook("onClose", async () => written.stop());
    app.get(
      "/groups",
      {
        config: { action: "group.read" },
        schema: {
          operationId: "listGroups",
          summary: "List groups",
          tags,
          querystring: ListDefinitionsQuery,
          response: { 200: GroupPage },
          problems: ["view-unavailable"],
        },
      },
      (request) => views.query("groups.list", request.query, { scope: scopeFor(request), ...newest() }),
    );

    app.get(
      "/groups/:name",
      {
        config: { action: "group.read" },
        schema: {
          operationId: "getGroup",
          summary: "One group",
          tags,
          params: ByName,
          querystring: NoQuery,
          response: { 200: GroupResource },
          problems: ["group-unknown", "view-unavailable"],
          hasEtag: true,
        },
      },
      async (request, reply) => {
        const { name } = request.params;
        const last = await log.last("group", name);
        const options = { scope: scopeFor(request), ...newest(last?.seq) };
        const found = await views.query("groups.get", { name }, options);
        if (found === null) throw new FleetError("group-unknown", `there is no group ${name}`, { field: "name" });
        return reply.header("etag", `"${found.seq}"`).send(found);
      },
    );

    app.put(
      "/groups/:name",
      {
        config: { action: "group.change" },
        schema: {
          operationId: "putGroup",
          summary: "Save or replace a group",
          description:
            "A group has the devices that match its filter now. Where its default configuration changes, its devices get a " +
            "new revision of their desired configuration; a default that a type's schema does not allow is left out.",
          tags,
          params: ByName,
          headers: IfMatch,
          body: GroupBody,
          response: { 200: GroupResource, 201: GroupResource },
          problems: ["forbidden", "precondition-failed", "payload-too-large", "conflict", "log-full"],
          hasEtag: true,
        },
      },
      async (request, reply) => {
        const { name } = request.params;
        const caller = callerOf(request);
        const body = request.body as Group;
        const ifRevision = revisionsIn(request.headers["if-match"]);
        const { seq, created } = await putGroup(fleet, caller, name, body, ifRevision);
        written.note(seq);
        const options = { scope: scopeFor(request), ...newest(seq), whenAway: "fail" } as const;
        const found = await views.query("groups.get", { name }, options).catch(() => null);
        const changedAt = new Date(context.clock()).toISOString();
        const now = found ?? { ...request.body, name, devices: 0, changedAt, changedBy: caller.by, seq };
        return reply
          .status(created ? 201 : 200)
          .header("etag", `"${seq}"`)
          .send(now);
      },
    );

    app.delete(
      "/groups/:name",
      {
        config: { action: "group.change" },
        schema: {
          operationId: "deleteGroup",
          summary: "Delete a group; its devices stay",
          tags,
          params: ByName,
          headers: IfMatch,
          response: { 204: Type.Null() },
          problems: ["forbidden", "group-unknown", "precondition-failed", "log-full"],
        },
      },
      async (request, reply) => {
        const ifRevision = revisionsIn(request.headers["if-match"]);
        const { seq } = await deleteGroup(fleet, callerOf(request), request.params.name, ifRevision);
        written.note(seq);
        return reply.status(204).send(null);
      },
    );
  };
}
