import { accountOf, causedBy, deviceDecider, type MovedHistory } from "@fleetlog/domain";
import { authorize } from "@fleetlog/identity";
import { withRoom } from "../accounts/device-limit.ts";
import { allowOnDevice } from "../allow.ts";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { sendLiveMessage } from "../live-message.ts";
import { loadFromLog } from "../writer/load.ts";
import { alignCredential } from "./credential.ts";
import { type Done, decideOn } from "./decide.ts";

export interface MoveRequest {
  readonly to: string;
  /** `stays`: the new account sees nothing from before the move, and open commands end. */
  readonly history: MovedHistory;
  readonly check?: Parameters<typeof decideOn>[4];
}

/**
 * Moves a device to another account, and ends its session.
 * @throws FleetError `account-unknown`, `limit-reached`, `device-unknown`, `device-retired`, `conflict`,
 * `log-unavailable`, `log-full`; errors of `allowOnDevice`
 */
export async function moveDevice(
  fleet: Pick<Fleet, "log" | "bus" | "writer" | "views" | "accounts" | "credentials">,
  caller: Caller,
  device: string,
  request: MoveRequest,
): Promise<Done> {
  const { to } = request;
  await allowOnDevice(fleet, caller, "device.move", device);
  authorize(caller.principal, "device.move", { kind: "account", id: to });
  await fleet.accounts.get(to);
  const move = () => moveInto(fleet, caller, device, request);
  const { state } = await loadFromLog(fleet.log, deviceDecider, "device", device);
  const isThere = state.status === "registered" && accountOf(state) === to;
  return isThere ? move() : withRoom(fleet, to, ({ add }) => add(move));
}

/** As {@link moveDevice}, but checks neither the caller's access nor the account's existence and room. */
export async function moveInto(
  fleet: Pick<Fleet, "log" | "bus" | "writer" | "credentials">,
  caller: Caller,
  device: string,
  { to, history, check }: MoveRequest,
): Promise<Done> {
  const command = { type: "MoveDevice", to, history, by: caller.by } as const;
  const { lastSeq, event } = await decideOn(fleet, caller, device, command, check, to);
  await fleet.credentials.move(device, to);
  // Another gateway may have moved the device again, and changed the credential before this call did.
  await alignCredential(fleet, device, lastSeq);
  if (event !== undefined) sendLiveMessage(fleet.bus, device, "moved", causedBy(event));
  return { seq: lastSeq };
}
