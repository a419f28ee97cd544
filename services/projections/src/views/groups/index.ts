import { VIEW_SCHEMAS } from "@fleetlog/protocol";
import { view } from "../view.ts";
import { groups as projection } from "./groups.ts";
import { getGroup, isMember, listGroups } from "./queries.ts";

export const groups = view(VIEW_SCHEMAS.groups, [projection], {
  "groups.list": listGroups,
  "groups.get": getGroup,
  "groups.member": isMember,
});
