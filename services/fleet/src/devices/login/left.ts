import { device as decider } from "@fleetlog/domain";
import { type LoginHolder, type LoginKey, loginKeys } from "@fleetlog/identity";
import type { Fleet } from "../../fleet.ts";
import { loadFromLog } from "../../writer/load.ts";

/** Names that were taken this long ago without an event are free: the process that took them has ended. */
export const INTERRUPTED_MS = 60_000;

/** Whether the device that holds the names or the address no longer logs in with them, or was never registered. */
export async function hasLeftLogin(
  { log }: Pick<Fleet, "log">,
  key: LoginKey,
  { device, dialect }: LoginHolder,
  ageMs: number,
): Promise<boolean> {
  const { state } = await loadFromLog(log, decider, "device", device);
  const keys = state.status === "registered" && state.dialect === dialect ? loginKeys(dialect, state.login ?? {}) : [];
  if (keys.some((one) => JSON.stringify(one) === JSON.stringify(key))) return false;
  return ageMs > INTERRUPTED_MS;
}
