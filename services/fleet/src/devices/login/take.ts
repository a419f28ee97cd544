import { type DeviceLogin, deviceDecider, FleetError, isDeviceId } from "@fleetlog/domain";
import { type LoginKey, loginKeys } from "@fleetlog/identity";
import { APPEND_TIMEOUT_MS } from "../../append-timeout.ts";
import { type Caller, metadataOf } from "../../caller.ts";
import type { Fleet } from "../../dependencies/fleet.ts";
import { isLoginFree, isRequestOver } from "../../logins/holders.ts";
import { loadFromLog } from "../../writer/load.ts";

type Dependencies = Pick<Fleet, "log" | "writer" | "provisioner" | "deviceLogins">;

export interface Taker {
  readonly device: string;
  readonly dialect: string;
  readonly login: DeviceLogin;
}

/** A key that the device did not have before. */
export interface TakenLogin {
  readonly key: LoginKey;
  readonly revision: number;
}

/**
 * Takes the names or the address that a device logs in with, before the event is recorded. So no two devices or
 * provision requests have the same names or address. Resolves with what the device did not have before.
 * @throws FleetError `login-taken`; the device then has the same names as before
 */
export async function takeLogin(fleet: Dependencies, caller: Caller, taker: Taker): Promise<readonly TakenLogin[]> {
  const { device, dialect, login } = taker;
  const { account } = login;
  const taken: TakenLogin[] = [];
  try {
    for (const key of loginKeys(dialect, login)) {
      const entry = { device, dialect, ...(account !== undefined && { account }) };
      const taking = await fleet.deviceLogins.take(key, entry, (other) => isLoginFree(fleet, key, other));
      if ("holder" in taking) throw loginTaken(key);
      if (taking.isNew) taken.push({ key, revision: taking.revision });
      if ("clientId" in key) await mustBeFree(fleet, caller, key, device);
    }
    return taken;
  } catch (error) {
    await giveBack(fleet, device, taken);
    throw error;
  }
}

/**
 * To be called before the event: if this process was paused since {@link takeLogin}, another device may have taken the names.
 * @throws FleetError `login-taken`
 */
export async function mustHoldLogin(
  { deviceLogins }: Pick<Fleet, "deviceLogins">,
  { device, dialect, login }: Taker,
): Promise<void> {
  for (const key of loginKeys(dialect, login))
    if ((await deviceLogins.find(key))?.device !== device) throw loginTaken(key);
}

/** Releases what {@link takeLogin} took, unless another call has taken it for the same device since. */
export async function giveBack(
  { deviceLogins }: Pick<Fleet, "deviceLogins">,
  device: string,
  taken: readonly TakenLogin[],
): Promise<void> {
  for (const { key, revision } of taken) await deviceLogins.release(key, device, revision);
}

/** @param kept the log-in that the device still has */
export async function releaseLogin(
  { deviceLogins }: Pick<Fleet, "deviceLogins">,
  { device, dialect, login }: Taker,
  kept?: DeviceLogin,
): Promise<void> {
  const still = new Set(loginKeys(dialect, kept ?? {}).map((key) => JSON.stringify(key)));
  for (const key of loginKeys(dialect, login)) {
    if (!still.has(JSON.stringify(key))) await deviceLogins.release(key, device);
  }
}

/** @throws FleetError `login-taken` if an open provision request or a native device has the names */
async function mustBeFree(
  fleet: Dependencies,
  caller: Caller,
  key: Extract<LoginKey, { clientId: string }>,
  device: string,
): Promise<void> {
  const holder = await fleet.provisioner.logins.holderOf(key);
  if (holder !== undefined && !(await isRequestOver(fleet, holder.request, holder.ageMs))) throw loginTaken(key);
  const { clientId, userName } = key;
  if (clientId !== userName || clientId === device || !isDeviceId(clientId)) return;
  // Because of this event, a concurrent registration of that id that has read the id's history before fails, and checks
  // the names again.
  await fleet.writer
    .record({
      decider: deviceDecider,
      load: () => loadFromLog(fleet.log, deviceDecider, "device", clientId),
      command: { type: "ReserveLogin", device: clientId, request: `devices/${device}`, by: caller.by },
      entity: clientId,
      metadata: metadataOf(caller),
      timeoutMs: APPEND_TIMEOUT_MS,
    })
    .catch((error: unknown) => {
      throw error instanceof FleetError && error.code === "provision-request-exists" ? loginTaken(key) : error;
    });
}

function loginTaken(key: LoginKey): FleetError {
  if ("address" in key) {
    return new FleetError("login-taken", `another device has the address ${key.address}`, {
      field: "address",
      advice: "Leave the address out: then each of its connections waits until somebody lets it in.",
    });
  }
  return new FleetError("login-taken", "another device or provision request has this client id and user name", {
    field: "login.clientId",
    advice: "Choose another user name.",
  });
}
