import { deviceDecider } from "@fleetlog/domain";
import { DIALECT_NAMES, dialectLogins } from "@fleetlog/protocol";
import type { Fleet } from "../../dependencies/fleet.ts";
import { loadFromLog } from "../../writer/load.ts";

const NAMED = DIALECT_NAMES.filter((dialect) => dialectLogins(dialect)?.names !== undefined);

/**
 * Restores the entry of the names with which a device of a dialect logs in, if the store has lost it. The entry alone lets
 * nobody in. Resolves with the device's id, or with undefined if no device has the names, or the entry is there.
 * @throws FleetError `view-unavailable` without a projector
 */
export async function restoreDeviceLogin(
  { log, views, deviceLogins }: Pick<Fleet, "log" | "views" | "deviceLogins">,
  names: { readonly clientId: string; readonly userName: string },
): Promise<string | undefined> {
  const { clientId, userName } = names;
  if (!clientId.isWellFormed() || !userName.isWellFormed() || clientId.length > 256) return undefined;
  for (const dialect of NAMED) {
    for (const device of await views.query("devices.withClientId", { dialect, clientId })) {
      const { state } = await loadFromLog(log, deviceDecider, "device", device);
      if (state.status !== "registered" || state.dialect !== dialect) continue;
      const { clientId: id, userName: name, account } = state.login ?? {};
      if (id !== clientId || name !== userName) continue;
      const entry = { device, dialect, ...(account !== undefined && { account }) };
      const taken = await deviceLogins.take({ clientId, userName }, entry, async () => false);
      return "isNew" in taken && taken.isNew ? device : undefined;
    }
  }
  return undefined;
}
