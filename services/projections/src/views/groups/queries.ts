import { definitionEntity } from "@fleetlog/domain";
import type { GroupResource } from "@fleetlog/protocol";
import type { Reader } from "../../select/reader.ts";
import { DEFINITION_ORDER, definedAs } from "../definition.ts";
import { members } from "../devices/filter.ts";
import { DEVICES } from "../devices/relation.ts";
import type { Answer } from "../view.ts";
import { GROUPS, groupRows, groupsNamed } from "./rows.ts";

const DEFAULT_LIMIT = 100;

export const listGroups: Answer<"groups.list"> = (reader, { account, limit = DEFAULT_LIMIT, cursor }) =>
  reader.page(
    GROUPS,
    { list: "groups", filter: definedAs({ ...(account && { account }) }), order: DEFINITION_ORDER, limit, cursor },
    (keys) => resourcesOf(reader, keys),
  );

export const getGroup: Answer<"groups.get"> = (reader, id) => resourcesOf(reader, [definitionEntity(id)])[0] ?? null;

export const isMember: Answer<"groups.member"> = (reader, { name, account, device }) =>
  groupsNamed(reader, name, account).some(
    (group) => reader.count(DEVICES, { and: [{ column: "key", eq: device }, members(reader, group)] }) > 0,
  );

function resourcesOf(reader: Reader, keys: readonly string[]): GroupResource[] {
  return groupRows(reader, keys).flatMap(({ name, account, definition, changedAt, changedBy, seq }) => {
    if (definition === undefined) return [];
    const devices = reader.count(DEVICES, members(reader, { ...definition, account }));
    const shown = definition as Omit<GroupResource, "name" | "account">;
    return [{ name, account, ...shown, devices, changedAt, changedBy, seq }];
  });
}
