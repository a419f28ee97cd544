import {
  type DefinitionId,
  type DeviceType,
  definitionEntity,
  deviceTypeDecider,
  FleetError,
  invalid,
} from "@fleetlog/domain";
import { configurationFault, MAX_CONFIGURATION_BYTES, profileFault } from "@fleetlog/protocol";
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

/** Limit of one account. The views look at no more types. */
const MAX_TYPES = 1_000;
const TYPES = { decider: deviceTypeDecider, category: "type" } as const;

type Dependencies = Pick<Fleet, "log" | "writer" | "views" | "accounts" | "typeCommands">;

/**
 * @throws FleetError `invalid-request` naming the wrong field, `payload-too-large`, `precondition-failed`, `conflict`,
 * `forbidden`, `account-unknown`, `log-unavailable`, `log-full`; errors of `Views.query`
 */
export async function putDeviceType(
  fleet: Dependencies,
  caller: Caller,
  named: NamedDefinition,
  definition: DeviceType,
  ifRevision?: readonly string[],
): Promise<DefinitionDone<DeviceType>> {
  const id = await changeable(fleet, caller, "device-type.change", named);
  mustBeValid(definition);
  const command = { type: "Define", ...id, definition, by: caller.by } as const;
  const done = await decideDefinition(fleet, caller, TYPES, command, async (state) => {
    mustHaveRevision(state, `device type ${id.name}`, ifRevision);
    if (state.status !== "defined") await mustHaveRoom(fleet, id.account);
  });
  fleet.typeCommands.note(definitionEntity(id), definition, done.seq);
  return done;
}

/** @throws FleetError `device-type-unknown`, `device-type-in-use`, and as {@link putDeviceType} */
export async function deleteDeviceType(
  fleet: Dependencies,
  caller: Caller,
  named: NamedDefinition,
  ifRevision?: readonly string[],
): Promise<DefinitionDone<DeviceType>> {
  const id = await changeable(fleet, caller, "device-type.change", named);
  const { name } = id;
  const command = { type: "Delete", ...id, by: caller.by } as const;
  const done = await decideDefinition(fleet, caller, TYPES, command, async (state) => {
    if (state.status !== "defined") throw unknownType(name, "name");
    mustHaveRevision(state, `device type ${name}`, ifRevision);
    const { lastSeq } = await fleet.log.state("FLEET");
    const type = await fleet.views.query("types.get", id, { atLeast: lastSeq, whenAway: "wait" });
    if (type === null || type.devices === 0) return;
    throw new FleetError("device-type-in-use", `${type.devices} devices are of the type ${name}`, {
      advice: "Give them another type first.",
    });
  });
  fleet.typeCommands.note(definitionEntity(id), undefined, done.seq);
  return done;
}

/** @throws FleetError `invalid-request` if the account has no such type */
export async function mustBeType(
  { views, typeCommands }: Pick<Fleet, "views" | "typeCommands">,
  id: DefinitionId,
  field = "type",
) {
  const options = { atLeast: typeCommands.seq, whenAway: "wait" } as const;
  if ((await views.query("types.get", id, options)) === null)
    throw invalid(field, `there is no device type ${id.name}`);
}

export function unknownType(name: string, field: string): FleetError {
  return new FleetError("device-type-unknown", `there is no device type ${name}`, { field });
}

async function mustHaveRoom({ views }: Dependencies, account: string): Promise<void> {
  const { total } = await views.query("types.list", { account, limit: 1 }, { whenAway: "wait" });
  if (total >= MAX_TYPES) throw invalid("name", `there are ${MAX_TYPES} device types, which is the maximum`);
}

function mustBeValid({ schema, configuration, commands }: DeviceType): void {
  for (const [field, value] of Object.entries({ schema, configuration, commands }))
    mustBeAtMost(MAX_CONFIGURATION_BYTES, field, value);
  if (schema !== undefined && schema.type !== undefined && schema.type !== "object")
    throw invalid("schema.type", "schema.type must be object, because a configuration is one");
  const fault = configurationFault(schema, configuration ?? {}, { partial: true, root: "configuration" });
  if (fault !== undefined) throw invalid(fault.field, `${fault.message}, as the schema says`);
  const wrong = commands === undefined ? undefined : profileFault({ commands });
  if (wrong !== undefined) throw invalid("commands", wrong.split(";", 1)[0] ?? wrong);
}
