import { causedBy, deviceDecider, FleetError } from "@fleetlog/domain";
import { allowOnDevice } from "../allow.ts";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { sendLiveMessage } from "../live-message.ts";
import { butEnded } from "../not-recorded.ts";
import { loadFromLog } from "../writer/load.ts";
import { type Done, decideOn, mustStillBeInScope } from "./decide.ts";
import { releaseLogin } from "./login/take.ts";

/**
 * Retires a device. Its credential is revoked first, so that a crash leaves no access. If the log refuses the event,
 * the session still ends; a repeated call completes the retirement.
 * @param since revision of the credential: the call changes nothing if the credential was written since
 * @throws FleetError `device-unknown`, `conflict`, `log-unavailable`, `log-full`; errors of `allowOnDevice`
 */
export async function retireDevice(
  fleet: Pick<Fleet, "log" | "bus" | "writer" | "views" | "credentials" | "authority" | "deviceLogins">,
  caller: Caller,
  device: string,
  { reason, since }: { readonly reason?: string; readonly since?: number } = {},
): Promise<Done> {
  await allowOnDevice(fleet, caller, "device.retire", device);
  const { log, bus, credentials, authority } = fleet;
  const { state } = await loadFromLog(log, deviceDecider, "device", device);
  if (state.status === "unknown")
    throw new FleetError("device-unknown", `there is no device ${device}`, { field: "id" });
  mustStillBeInScope(caller, device, state);
  const ended = since === undefined ? await credentials.revoke(device) : await credentials.revoke(device, since);
  if (ended === undefined)
    throw new FleetError("conflict", `the credentials of device ${device} were changed meanwhile`);
  const command = { type: "RetireDevice", by: caller.by, ...(reason !== undefined && { reason }) } as const;
  try {
    const { lastSeq, event } = await decideOn(fleet, caller, device, command);
    sendLiveMessage(bus, device, "retired", event === undefined ? {} : causedBy(event));
    await authority.listRevoked(ended);
    if (state.status === "registered" && state.dialect !== undefined && state.login !== undefined) {
      await releaseLogin(fleet, { device, dialect: state.dialect, login: state.login });
    }
    return { seq: lastSeq };
  } catch (error) {
    sendLiveMessage(bus, device, "credential", {});
    return butEnded(`The credential of ${device} is dead and its session ends`)(error);
  }
}
