import { deviceDecider, hasEndedProvisioning, provisioningDecider } from "@fleetlog/domain";
import { type LoginHolder, type LoginKey, loginKeys } from "@fleetlog/identity";
import type { Fleet } from "../dependencies/fleet.ts";
import { loadFromLog } from "../writer/load.ts";

/** Names are taken before their event is appended. If the event is missing after this time, the process has crashed. */
const INTERRUPTED_MS = 60_000;

/** Whether the holder of a name or address no longer logs in with it, or was never registered. */
export async function isLoginFree(
  { log }: Pick<Fleet, "log">,
  key: LoginKey,
  { device, dialect, ageMs }: LoginHolder,
): Promise<boolean> {
  const { state } = await loadFromLog(log, deviceDecider, "device", device);
  const keys = state.status === "registered" && state.dialect === dialect ? loginKeys(dialect, state.login ?? {}) : [];
  if (keys.some((one) => JSON.stringify(one) === JSON.stringify(key))) return false;
  return ageMs > INTERRUPTED_MS;
}

/** Whether the provision request that holds the names has ended, or was never created. */
export async function isRequestOver({ log }: Pick<Fleet, "log">, request: string, ageMs: number): Promise<boolean> {
  const { state } = await loadFromLog(log, provisioningDecider, "provisioning", request);
  return state === undefined ? ageMs > INTERRUPTED_MS : hasEndedProvisioning(state.state);
}
