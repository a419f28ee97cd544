import { type DefinitionId, FleetError, type Group, groupDecider, invalid } from "@fleetlog/domain";
import { CONNECTION_FILTERS, MAX_CONFIGURATION_BYTES } from "@fleetlog/protocol";
import { authoritiesOfGroupChanged } from "../authorities/changed.ts";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import {
  changeable,
  type DefinitionDone,
  decideDefinition,
  mustBeAtMost,
  mustHaveRevision,
  type NamedDefinition,
} from "./definitions.ts";

/** Maximum number of an account's groups. */
const MAX_GROUPS = 1_000;
/**
 * Maximum number of groups with a default configuration in one account, because all of them are read to find the
 * defaults of a device.
 */
const MAX_CONFIGURED = 100;
const GROUPS = { decider: groupDecider, category: "group" } as const;

type Dependencies = Pick<Fleet, "log" | "bus" | "writer" | "views" | "accounts" | "authorities">;

/**
 * @throws FleetError `invalid-request` naming the wrong field, `payload-too-large`, `precondition-failed`, `conflict`,
 * `forbidden`, `account-unknown`, `log-unavailable`, `log-full`; errors of `Views.query`
 */
export async function putGroup(
  fleet: Dependencies,
  caller: Caller,
  named: NamedDefinition,
  definition: Group,
  ifRevision?: readonly string[],
): Promise<DefinitionDone<Group>> {
  const id = await changeable(fleet, caller, "group.change", named);
  mustBeAtMost(MAX_CONFIGURATION_BYTES, "configuration", definition.configuration);
  const moving = CONNECTION_FILTERS.find((filter) => definition.filter[filter] !== undefined);
  if (definition.configuration !== undefined && moving !== undefined) {
    throw invalid(
      `filter.${moving}`,
      `a group with a default configuration can't have the filter ${moving}: it changes with each connection`,
    );
  }
  const command = { type: "Define", ...id, definition, by: caller.by } as const;
  const done = await decideDefinition(fleet, caller, GROUPS, command, async (state) => {
    mustHaveRevision(state, `group ${id.name}`, ifRevision);
    await mustHaveRoom(fleet, id, definition, state.status !== "defined");
  });
  await authoritiesOfGroupChanged(fleet, id);
  return done;
}

/** @throws FleetError `group-unknown`, and as {@link putGroup} */
export async function deleteGroup(
  fleet: Dependencies,
  caller: Caller,
  named: NamedDefinition,
  ifRevision?: readonly string[],
): Promise<DefinitionDone<Group>> {
  const id = await changeable(fleet, caller, "group.change", named);
  const { name } = id;
  const command = { type: "Delete", ...id, by: caller.by } as const;
  const done = await decideDefinition(fleet, caller, GROUPS, command, (state) => {
    if (state.status !== "defined")
      throw new FleetError("group-unknown", `there is no group ${name}`, { field: "name" });
    mustHaveRevision(state, `group ${name}`, ifRevision);
  });
  await authoritiesOfGroupChanged(fleet, id);
  return done;
}

async function mustHaveRoom(
  { views }: Dependencies,
  { name, account }: Required<DefinitionId>,
  { configuration }: Group,
  isNew: boolean,
): Promise<void> {
  const options = { whenAway: "wait" } as const;
  const { total } = await views.query("groups.list", { account, limit: 1 }, options);
  if (isNew && total >= MAX_GROUPS) throw invalid("name", `there are ${MAX_GROUPS} groups, which is the maximum`);
  if (configuration === undefined || total < MAX_CONFIGURED) return;
  let configured = 0;
  for (let cursor: string | undefined; ; ) {
    const request = { account, limit: 200, ...(cursor !== undefined && { cursor }) };
    const page = await views.query("groups.list", request, options);
    configured += page.items.filter((one) => one.name !== name && one.configuration !== undefined).length;
    if (page.next === null) break;
    cursor = page.next;
  }
  if (configured >= MAX_CONFIGURED)
    throw invalid("configuration", `${MAX_CONFIGURED} groups have a default configuration, which is the maximum`);
}
