import { invalid, type JsonObject, type RecordedEvent } from "@fleetlog/domain";
import type { EventLog } from "@fleetlog/log";
import { declaredParams, paramsFault } from "@fleetlog/protocol";
import type { Fleet } from "../dependencies/fleet.ts";

/**
 * Refuses parameters that the command's declaration does not allow. Commands are declared in the device's profile or,
 * if the profile has no commands, in the device's type. Undeclared commands may have any parameters.
 * @param last the device's newest event in category `device`, which often contains the profile
 * @throws FleetError `invalid-request` on a field such as `params.rpm`; errors of `Views.query`
 */
export async function mustBeDeclared(
  fleet: Pick<Fleet, "log" | "views" | "typeCommands">,
  last: RecordedEvent,
  device: string,
  { name, params }: { readonly name: string; readonly params?: unknown },
): Promise<void> {
  const profile = await profileOf(fleet.log, last, device);
  const declares = Array.isArray(profile?.commands) ? profile : await typeOf(fleet, device, last.seq);
  const schema = declares === undefined ? undefined : declaredParams(declares, name);
  const fault = paramsFault(schema, params);
  if (fault !== undefined) throw invalid(fault.field, `${fault.message}, as declared for the command ${name}`);
}

async function typeOf(
  { views, typeCommands }: Pick<Fleet, "views" | "typeCommands">,
  device: string,
  seq: number,
): Promise<JsonObject | undefined> {
  if (!typeCommands.any) return undefined;
  const atLeast = Math.max(seq, typeCommands.seq);
  return (await views.query("types.ofDevice", { id: device }, { atLeast, whenAway: "wait" })) ?? undefined;
}

async function profileOf(log: EventLog, last: RecordedEvent, device: string): Promise<JsonObject | undefined> {
  if (last.type === "DeviceProfileReported") return last.data.profile;
  // Earlier profiles may be of another device with the same id.
  if (last.type === "DeviceRegistered") return undefined;
  const query = { stream: "FLEET", category: "device", entity: device, direction: "backwards" } as const;
  for await (const event of log.read({ ...query, fromSeq: last.seq })) {
    if (event.type === "DeviceProfileReported") return event.data.profile;
    if (event.type === "DeviceRegistered") return undefined;
  }
  return undefined;
}
