import { accountOf, deviceDecider, FleetError } from "@fleetlog/domain";
import type { Fleet } from "../dependencies/fleet.ts";
import { loadFromLog } from "../writer/load.ts";

/**
 * Makes a device's credential agree with the log. Call this after a credential was written for a device in a state that
 * was read before. Another gateway may have moved or retired the device meanwhile, before it could find the credential.
 * @param seq of the device's newest event that the caller knows
 * @throws FleetError `conflict` if the device was retired
 */
export async function alignCredential(
  { log, credentials }: Pick<Fleet, "log" | "credentials">,
  device: string,
  seq = 0,
): Promise<void> {
  for (let known = seq; ; ) {
    if ((await log.last("device", device))?.seq === known) return;
    const since = await credentials.revisionOf(device);
    const { state, lastSeq } = await loadFromLog(log, deviceDecider, "device", device);
    if (state.status === "registered") await credentials.move(device, accountOf(state));
    // Usually the retirement has revoked it already. A second revocation would break a registration that has just begun.
    else if ((await credentials.statusOf(device)) !== "valid") throw retired(device);
    else if ((await credentials.revoke(device, since)) !== undefined) throw retired(device);
    known = lastSeq;
  }
}

function retired(device: string): FleetError {
  return new FleetError("conflict", `device ${device} was retired meanwhile`, {
    advice: "Register it again to use it.",
  });
}
