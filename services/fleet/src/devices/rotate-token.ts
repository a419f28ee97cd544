import { accountOf, causedBy, FleetError } from "@fleetlog/domain";
import { deviceTokenOf } from "@fleetlog/identity";
import { allowOnDevice } from "../allow.ts";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { sendLiveMessage } from "../live-message.ts";
import { isNewest, newBytes } from "../repeated.ts";
import { type Done, decideOn } from "./decide.ts";

/** Events that give a device another token, or end its token. */
export const TOKEN_EVENTS = ["DeviceRegistered", "DeviceTokenRotated", "DeviceRetired"] as const;

/**
 * Replaces a device's token. Sessions of the old token end at `previousUntil` (milliseconds since the epoch), by
 * default at once.
 * @throws FleetError `device-unknown`, `device-retired`, `conflict`, `log-unavailable`, `log-full`; errors of
 * `allowOnDevice`
 */
export async function rotateToken(
  fleet: Pick<Fleet, "log" | "bus" | "writer" | "views" | "credentials">,
  caller: Caller,
  device: string,
  previousUntil?: number,
): Promise<Done & { readonly token: string }> {
  await allowOnDevice(fleet, caller, "device.rotate-token", device);
  const { credentials } = fleet;
  const { state, lastSeq, event, duplicate } = await decideOn(fleet, caller, device, {
    type: "RotateToken",
    by: caller.by,
    ...(previousUntil !== undefined && { previousUntil: new Date(previousUntil).toISOString() }),
  });
  const made = deviceTokenOf(device, newBytes(caller, "token"));
  // After an interrupted run of this request, somebody may have replaced the token once more, or retired the device.
  const fact = ["device", device, "RotateToken"] as const;
  if (duplicate && !(await isNewest(fleet, caller, fact, TOKEN_EVENTS))) return { seq: lastSeq, token: made };
  // A crash during the registration may have left the device without a token.
  const token =
    (await credentials.rotate(device, previousUntil, made)) ??
    (await credentials.issueFirst(device, accountOf(state.status === "unknown" ? {} : state), made));
  if (token === undefined) {
    throw new FleetError("device-retired", `device ${device} was retired`, {
      advice: "Register it again to use it.",
    });
  }
  sendLiveMessage(fleet.bus, device, "credential", event === undefined ? {} : causedBy(event));
  return { seq: lastSeq, token };
}
