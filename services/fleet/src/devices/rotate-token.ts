import { accountOf, causedBy, FleetError } from "@fleetlog/domain";
import { allowOnDevice } from "../allow.ts";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../fleet.ts";
import { sendLiveMessage } from "../live-message.ts";
import { type Done, decideOn } from "./decide.ts";

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
  const { state, lastSeq, event } = await decideOn(fleet, caller, device, {
    type: "RotateToken",
    by: caller.by,
    ...(previousUntil !== undefined && { previousUntil: new Date(previousUntil).toISOString() }),
  });
  // A crash during the registration may have left the device without a token.
  const token =
    (await credentials.rotate(device, previousUntil)) ??
    (await credentials.issueFirst(device, accountOf(state.status === "unknown" ? {} : state)));
  if (token === undefined) {
    throw new FleetError("device-retired", `device ${device} was retired`, {
      advice: "Register it again to use it.",
    });
  }
  sendLiveMessage(fleet.bus, device, "credential", event === undefined ? {} : causedBy(event));
  return { seq: lastSeq, token };
}
