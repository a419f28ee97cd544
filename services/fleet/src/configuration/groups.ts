import { FleetError, type Group, group, invalid } from "@fleetlog/domain";
import { CONNECTION_FILTERS, MAX_CONFIGURATION_BYTES } from "@fleetlog/protocol";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../fleet.ts";
import {
  type DefinitionDone,
  decideDefinition,
  mustBeAtMost,
  mustBeUnlimited,
  mustHaveRevision,
} from "./definitions.ts";

const MAX_GROUPS = 1_000;
/** Each of them is looked at for every device whose defaults are computed. */
const MAX_CONFIGURED = 100;
const GROUPS = { decider: group, category: "group" } as const;

type Dependencies = Pick<Fleet, "log" | "writer" | "views">;

/**
 * Saves a group, or replaces it.
 * @throws FleetError `invalid-request` naming the wrong field, `payload-too-large`, `precondition-failed`, `conflict`,
 * `forbidden`, `log-unavailable`, `log-full`; errors of `Views.query`
 */
export async function putGroup(
  fleet: Dependencies,
  caller: Caller,
  name: string,
  definition: Group,
  ifRevision?: readonly string[],
): Promise<DefinitionDone<Group>> {
  mustBeUnlimited(caller, "group.change");
  mustBeAtMost(MAX_CONFIGURATION_BYTES, "configuration", definition.configuration);
  const moving = CONNECTION_FILTERS.find((filter) => definition.filter[filter] !== undefined);
  if (definition.configuration !== undefined && moving !== undefined) {
    throw invalid(
      `filter.${moving}`,
      `a group with a default configuration can't have the filter ${moving}: it changes with each connection`,
    );
  }
  return decideDefinition(fleet, caller, GROUPS, { type: "Define", name, definition, by: caller.by }, async (state) => {
    mustHaveRevision(state, `group ${name}`, ifRevision);
    await mustHaveRoom(fleet, name, definition, state.status !== "defined");
  });
}

/** @throws FleetError `group-unknown`, and as {@link putGroup} */
export async function deleteGroup(
  fleet: Dependencies,
  caller: Caller,
  name: string,
  ifRevision?: readonly string[],
): Promise<DefinitionDone<Group>> {
  mustBeUnlimited(caller, "group.change");
  return decideDefinition(fleet, caller, GROUPS, { type: "Delete", name, by: caller.by }, (state) => {
    if (state.status !== "defined")
      throw new FleetError("group-unknown", `there is no group ${name}`, { field: "name" });
    mustHaveRevision(state, `group ${name}`, ifRevision);
  });
}

async function mustHaveRoom({ views }: Dependencies, name: string, { configuration }: Group, isNew: boolean) {
  const options = { whenAway: "wait" } as const;
  const { total } = await views.query("groups.list", { limit: 1 }, options);
  if (isNew && total >= MAX_GROUPS) throw invalid("name", `there are ${MAX_GROUPS} groups, which is the most`);
  if (configuration === undefined || total < MAX_CONFIGURED) return;
  let configured = 0;
  for (let cursor: string | undefined; ; ) {
    const page = await views.query("groups.list", { limit: 200, ...(cursor !== undefined && { cursor }) }, options);
    configured += page.items.filter((one) => one.name !== name && one.configuration !== undefined).length;
    if (page.next === null) break;
    cursor = page.next;
  }
  if (configured >= MAX_CONFIGURED)
    throw invalid("configuration", `${MAX_CONFIGURED} groups have a default configuration, which is the most`);
}
