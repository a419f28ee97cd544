import type { Group } from "@fleetlog/domain";
import { deleteGroup, putGroup } from "@fleetlog/fleet";
import { GroupBody, GroupFilter, GroupPage, GroupResource } from "@fleetlog/protocol";
import { type DefinitionKind, definitionRoutes } from "../definitions.ts";
import type { HttpResource } from "../resource.ts";
import { GROUP_EXAMPLES } from "./examples.ts";

const KIND: DefinitionKind<Group> = {
  tag: "groups",
  path: "/groups",
  category: "group",
  read: "group.read",
  change: "group.change",
  unknown: "group-unknown",
  schemas: { body: GroupBody, resource: GroupResource, page: GroupPage },
  operations: {
    list: { operationId: "listGroups", summary: "List groups" },
    get: { operationId: "getGroup", summary: "One group" },
    put: {
      operationId: "putGroup",
      summary: "Save or replace a group",
      description:
        "A group has the devices of its account that match its filter now. If its default configuration changes, its " +
        "devices get a new revision of their desired configuration; a default that a type's schema does not allow is left out.",
    },
    delete: { operationId: "deleteGroup", summary: "Delete a group; its devices stay" },
  },
  list: (views, params, options) => views.query("groups.list", params, options),
  get: (views, { name, account = "" }, options) => views.query("groups.get", { name, account }, options),
  put: putGroup,
  delete: deleteGroup,
};

export const groups: HttpResource = {
  tag: KIND.tag,
  description: "Saved filters of the list of devices, with a default configuration",
  schemas: { GroupFilter, Group: GroupResource, GroupPage, PutGroup: GroupBody },
  examples: GROUP_EXAMPLES,
  prefix: "/api",
  routes: (context) => definitionRoutes(KIND, context),
};
