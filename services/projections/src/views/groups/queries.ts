import type { GroupResource } from "@fleetlog/protocol";
import type { Reader } from "../../select/reader.ts";
import { DEFINED } from "../definition.ts";
import { members } from "../devices/filter.ts";
import { DEVICES } from "../devices/relation.ts";
import type { Answer } from "../view.ts";
import { GROUPS, groupRows } from "./rows.ts";

const DEFAULT_LIMIT = 100;

export const listGroups: Answer<"groups.list"> = (reader, { limit = DEFAULT_LIMIT, cursor }) =>
  reader.page(GROUPS, { list: "groups", filter: DEFINED, order: [{ column: "key" }], limit, cursor }, (names) =>
    resourcesOf(reader, names),
  );

export const getGroup: Answer<"groups.get"> = (reader, { name }) => resourcesOf(reader, [name])[0] ?? null;

function resourcesOf(reader: Reader, names: readonly string[]): GroupResource[] {
  return groupRows(reader, names).flatMap(({ name, definition, changedAt, changedBy, seq }) => {
    if (definition === undefined) return [];
    const devices = reader.count(DEVICES, members(reader, definition));
    return [{ name, ...(definition as Omit<GroupResource, "name">), devices, changedAt, changedBy, seq }];
  });
}
