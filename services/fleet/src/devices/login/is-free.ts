import { deviceDecider } from "@fleetlog/domain";
import { type LoginHolder, type LoginKey, loginKeys } from "@fleetlog/identity";
import type { Fleet } from "../../fleet.ts";
import { loadFromLog } from "../../writer/load.ts";

/** Names are taken before their event is appended. If the event is missing after this time, the process has crashed. */
export const INTERRUPTED_MS = 60_000;

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
