import { type DeviceType, deviceType, FleetError, invalid } from "@fleetlog/domain";
import { configurationFault, MAX_CONFIGURATION_BYTES, profileFault } from "@fleetlog/protocol";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../fleet.ts";
import {
  type DefinitionDone,
  decideDefinition,
  mustBeAtMost,
  mustBeUnlimited,
  mustHaveRevision,
} from "./definitions.ts";

/** As many as the views look at. */
const MAX_TYPES = 1_000;
const TYPES = { decider: deviceType, category: "type" } as const;

type Dependencies = Pick<Fleet, "log" | "writer" | "views" | "typeCommands">;

/**
 * Defines a device type, or replaces its definition.
 * @throws FleetError `invalid-request` naming the wrong field, `payload-too-large`, `precondition-failed`, `conflict`,
 * `forbidden`, `log-unavailable`, `log-full`; errors of `Views.query`
 */
export async function putDeviceType(
  fleet: Dependencies,
  caller: Caller,
  name: string,
  definition: DeviceType,
  ifRevision?: readonly string[],
): Promise<DefinitionDone<DeviceType>> {
  mustBeUnlimited(caller, "device-type.change");
  mustBeValid(definition);
  const command = { type: "Define", name, definition, by: caller.by } as const;
  const done = await decideDefinition(fleet, caller, TYPES, command, async (state) => {
    mustHaveRevision(state, `device type ${name}`, ifRevision);
    if (state.status !== "defined") await mustHaveRoom(fleet);
  });
  fleet.typeCommands.note(name, definition, done.seq);
  return done;
}

/**
 * Deletes a device type that no device is of.
 * @throws FleetError `device-type-unknown`, `device-type-in-use`, and as {@link putDeviceType}
 */
export async function deleteDeviceType(
  fleet: Dependencies,
  caller: Caller,
  name: string,
  ifRevision?: readonly string[],
): Promise<DefinitionDone<DeviceType>> {
  mustBeUnlimited(caller, "device-type.change");
  const command = { type: "Delete", name, by: caller.by } as const;
  const done = await decideDefinition(fleet, caller, TYPES, command, async (state) => {
    if (state.status !== "defined") throw unknownType(name, "name");
    mustHaveRevision(state, `device type ${name}`, ifRevision);
    const { lastSeq } = await fleet.log.state("FLEET");
    const type = await fleet.views.query("types.get", { name }, { atLeast: lastSeq, whenAway: "wait" });
    if (type === null || type.devices === 0) return;
    throw new FleetError("device-type-in-use", `${type.devices} devices are of the type ${name}`, {
      advice: "Give them another type first.",
    });
  });
  fleet.typeCommands.note(name, undefined, done.seq);
  return done;
}

/** @throws FleetError `invalid-request` if there is no such type */
export async function mustBeType(
  { views, typeCommands }: Pick<Fleet, "views" | "typeCommands">,
  name: string,
  field = "type",
) {
  const options = { atLeast: typeCommands.seq, whenAway: "wait" } as const;
  if ((await views.query("types.get", { name }, options)) === null)
    throw invalid(field, `there is no device type ${name}`);
}

export function unknownType(name: string, field: string): FleetError {
  return new FleetError("device-type-unknown", `there is no device type ${name}`, { field });
}

async function mustHaveRoom({ views }: Dependencies): Promise<void> {
  const { total } = await views.query("types.list", { limit: 1 }, { whenAway: "wait" });
  if (total >= MAX_TYPES) throw invalid("name", `there are ${MAX_TYPES} device types, which is the most`);
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
