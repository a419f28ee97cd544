import {
  causedBy,
  type DeviceState,
  deviceDecider,
  invalid,
  mustBeRegistered,
  mustHaveDialect,
} from "@fleetlog/domain";
import type { NewLogin } from "@fleetlog/identity";
import type { DialectName } from "@fleetlog/protocol";
import { allowOnDevice } from "../../allow.ts";
import type { Caller } from "../../caller.ts";
import type { Fleet } from "../../dependencies/fleet.ts";
import { sendLiveMessage } from "../../live-message.ts";
import { loadFromLog } from "../../writer/load.ts";
import { type Done, decideOn, mustStillBeInScope } from "../decide.ts";
import { type AskedLogin, loginOf } from "./of-dialect.ts";
import { mustHoldLogin, releaseLogin, takeLogin } from "./take.ts";

type Dependencies = Pick<Fleet, "log" | "bus" | "writer" | "views" | "credentials" | "provisioner" | "deviceLogins">;

type Registered = Extract<DeviceState, { status: "registered" }>;

/**
 * Changes what a device of a dialect logs in with. Sessions of the earlier log-in end. Without a new password, the old
 * one stays. The device keeps its id, even if the id was made from the old names.
 * @throws FleetError `device-unknown`, `device-retired`, `dialect-mismatch`, `login-taken`, `invalid-request`,
 * `conflict`, `log-unavailable`, `log-full`; errors of `allowOnDevice`
 */
export async function changeLogin(
  fleet: Dependencies,
  caller: Caller,
  device: string,
  asked: AskedLogin,
): Promise<Done> {
  await allowOnDevice(fleet, caller, "device.change-login", device);
  const { dialect, login: before } = await ofDialect(fleet, device);
  const changed = loginOf(dialect, asked, false);
  if (changed === undefined) throw invalid("login", "say what the device logs in with");
  const { login, password } = changed;
  const taker = { device, dialect, login };
  await takeLogin(fleet, caller, taker);
  const command = { type: "ChangeLogin", login, newPassword: password !== undefined, by: caller.by } as const;
  const { lastSeq, event } = await decideOn(fleet, caller, device, command, () => mustHoldLogin(fleet, taker));
  await store(fleet, device, changed, event === undefined ? {} : causedBy(event));
  if (before !== undefined) await releaseLogin(fleet, { device, dialect, login: before }, login);
  return { seq: lastSeq };
}

/**
 * Removes what a device of a dialect logs in with. Access ends before the event is recorded, so that the log never
 * records an end that has not happened. A repeated call completes an interrupted one.
 * @throws FleetError as {@link changeLogin}
 */
export async function removeLogin(fleet: Dependencies, caller: Caller, device: string): Promise<Done> {
  await allowOnDevice(fleet, caller, "device.change-login", device);
  const state = await ofDialect(fleet, device);
  mustStillBeInScope(caller, device, state);
  const { dialect, login } = state;
  await fleet.credentials.setLogin(device, undefined);
  const { lastSeq, event } = await decideOn(fleet, caller, device, { type: "RemoveLogin", by: caller.by });
  sendLiveMessage(fleet.bus, device, "credential", event === undefined ? {} : causedBy(event));
  if (login !== undefined) await releaseLogin(fleet, { device, dialect, login });
  return { seq: lastSeq };
}

/**
 * Several clients have connected from the device's address. From now on, an operator must admit each connection from
 * there. Open sessions go on.
 * @throws FleetError `conflict`, `log-unavailable`, `log-full`
 */
export async function shareAddress(
  fleet: Pick<Fleet, "log" | "writer" | "credentials">,
  caller: Caller,
  device: string,
  address: string,
): Promise<void> {
  await decideOn(fleet, caller, device, { type: "ShareAddress", address });
  await fleet.credentials.shareAddress(device, address);
}

async function store(
  { credentials, bus }: Dependencies,
  device: string,
  login: NewLogin,
  cause: ReturnType<typeof causedBy> | Record<string, never>,
): Promise<void> {
  await credentials.setLogin(device, login);
  sendLiveMessage(bus, device, "credential", cause);
}

async function ofDialect(
  { log }: Dependencies,
  device: string,
): Promise<Registered & { readonly dialect: DialectName }> {
  const { state } = await loadFromLog(log, deviceDecider, "device", device);
  if (state.status !== "registered") mustBeRegistered(device, await log.last("device", device));
  const registered = state as Registered;
  mustHaveDialect(device, registered.dialect);
  return registered as Registered & { readonly dialect: DialectName };
}
