import { type DeviceEvent, type DeviceState, device as decider } from "@fleetlog/domain";
import type { EventLog } from "@fleetlog/log";
import type { Profile } from "@fleetlog/protocol";
import type { Fleet } from "../fleet.ts";
import type { Loaded, Outcome } from "../writer/decision.ts";

/** A device says what it is. A profile that says nothing new adds no event. @throws FleetError `device-retired` */
export function reportProfile(
  { log, writer }: Pick<Fleet, "log" | "writer">,
  device: string,
  profile: Profile,
): Promise<Outcome<DeviceState, DeviceEvent>> {
  return writer.record({
    decider,
    load: () => loadFromLast(log, device),
    command: { type: "ReportProfile", profile },
    entity: device,
  });
}

/**
 * The newest event alone decides: after DeviceRetired nothing may follow, and an equal profile is nothing new. After a
 * rename an equal profile is recorded once more, which costs an event and saves reading them all.
 */
async function loadFromLast(log: EventLog, device: string): Promise<Loaded<DeviceState>> {
  const last = await log.last("device", device);
  if (last === undefined) return { state: decider.initial, lastSeq: 0 };
  const known = { status: "registered", id: device, name: undefined, tags: [], profile: undefined } as const;
  return { state: decider.evolve(known, last), lastSeq: last.seq };
}
