import { accountOf, type DeviceEvent, type DeviceState, deviceDecider, statusAfter } from "@fleetlog/domain";
import type { EventLog } from "@fleetlog/log";
import type { Profile } from "@fleetlog/protocol";
import type { Fleet } from "../dependencies/fleet.ts";
import type { Loaded, Outcome } from "../writer/decision.ts";
import { ownerOf } from "./decide.ts";

/**
 * Records a changed profile. The event gets the account of the device's newest event. After a move, the session that
 * reports the profile may still have the earlier account for a moment.
 * @throws FleetError `device-retired`
 */
export function reportProfile(
  { log, writer }: Pick<Fleet, "log" | "writer">,
  device: string,
  profile: Profile,
): Promise<Outcome<DeviceState, DeviceEvent>> {
  return writer.record({
    decider: deviceDecider,
    load: () => loadFromLast(log, device),
    command: { type: "ReportProfile", profile },
    entity: device,
    metadata: (state) => ({ account: ownerOf(state) }),
  });
}

/**
 * Loads only the newest event, not the whole history. So a repeated profile is recognised only if the newest event is
 * that profile; after a rename, for example, it is recorded again.
 */
async function loadFromLast(log: EventLog, device: string): Promise<Loaded<DeviceState>> {
  const last = await log.last("device", device);
  const status = statusAfter(last);
  if (last === undefined || status === "unknown") return { state: deviceDecider.initial, lastSeq: last?.seq ?? 0 };
  if (status === "retired") return { state: { status, id: device }, lastSeq: last.seq };
  const account = accountOf(last);
  const registered = {
    status: "registered",
    id: device,
    name: undefined,
    tags: [],
    profile: undefined,
    account,
  } as const;
  return { state: deviceDecider.evolve(registered, last), lastSeq: last.seq };
}
