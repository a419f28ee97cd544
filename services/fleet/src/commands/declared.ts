import { invalid, type JsonObject, type RecordedEvent } from "@fleetlog/domain";
import type { EventLog } from "@fleetlog/log";
import { declaredParams, paramsFault } from "@fleetlog/protocol";

/**
 * Refuses parameters that the device's declaration of the command does not allow. A command that the device does not
 * declare may have any parameters.
 * @param last the device's newest event in category `device`, which often contains the profile
 * @throws FleetError `invalid-request` on a field such as `params.rpm`
 */
export async function mustBeDeclared(
  log: EventLog,
  last: RecordedEvent,
  device: string,
  { name, params }: { readonly name: string; readonly params?: unknown },
): Promise<void> {
  const profile = await profileOf(log, last, device);
  const schema = profile === undefined ? undefined : declaredParams(profile, name);
  const fault = paramsFault(schema, params);
  if (fault !== undefined) throw invalid(fault.field, `${fault.message}, as the device declares ${name}`);
}

async function profileOf(log: EventLog, last: RecordedEvent, device: string): Promise<JsonObject | undefined> {
  if (last.type === "DeviceProfileReported") return last.data.profile;
  // No profile since the id was registered. Earlier profiles may be of another device with the same id.
  if (last.type === "DeviceRegistered") return undefined;
  const query = { stream: "FLEET", category: "device", entity: device, direction: "backwards" } as const;
  for await (const event of log.read({ ...query, fromSeq: last.seq })) {
    if (event.type === "DeviceProfileReported") return event.data.profile;
    if (event.type === "DeviceRegistered") return undefined;
  }
  return undefined;
}
