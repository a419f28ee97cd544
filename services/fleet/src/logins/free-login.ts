import { byRequest, deviceDecider, FleetError, isDeviceId } from "@fleetlog/domain";
import type { ProvisionLogin } from "@fleetlog/identity";
import { APPEND_TIMEOUT_MS } from "../append-timeout.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { loadFromLog } from "../writer/load.ts";
import type { Metadata } from "../writer/metadata.ts";
import { isLoginFree, isRequestOver } from "./holders.ts";

/**
 * Checks that no open provision request has the names of a device: its id as client id and as user name. Call this
 * between the load of the device's history and the append of its registration: see {@link reserveLogin}.
 * @param own the request that registers the device
 * @throws FleetError `provision-request-exists`
 */
export async function mustHaveFreeLogin(
  fleet: Pick<Fleet, "log" | "provisioner" | "deviceLogins">,
  device: string,
  own?: string,
): Promise<void> {
  const names = { clientId: device, userName: device };
  const other = await fleet.deviceLogins.find(names);
  if (other !== undefined && other.device !== device && !(await isLoginFree(fleet, names, other))) {
    throw new FleetError("login-taken", `another device logs in with the client id and user name ${device}`, {
      field: "id",
      advice: "Choose another id.",
    });
  }
  const holder = await fleet.provisioner.logins.holderOf({ clientId: device, userName: device });
  if (holder === undefined || holder.request === own) return;
  if (await isRequestOver(fleet, holder.request, holder.ageMs)) return;
  throw new FleetError(
    "provision-request-exists",
    `a provision request that is open, or is being created, has the name ${device}`,
    {
      field: "id",
      advice:
        "Stop that request first, or let it register the device. If no request is listed, its creation was interrupted: try again in a minute.",
    },
  );
}

/**
 * Records in the device's history that a request has taken its names. A concurrent registration, which has read the
 * history before, then fails and looks at the names again.
 * @throws FleetError `provision-request-exists` if the device is registered
 */
export async function reserveLogin(
  { log, writer }: Pick<Fleet, "log" | "writer">,
  { clientId, userName }: ProvisionLogin,
  request: string,
  metadata: Metadata,
): Promise<void> {
  if (clientId !== userName || !isDeviceId(clientId)) return;
  const by = byRequest(request);
  await writer.record({
    decider: deviceDecider,
    load: () => loadFromLog(log, deviceDecider, "device", clientId),
    command: { type: "ReserveLogin", device: clientId, request, by },
    entity: clientId,
    // The source is the request, not the person, because another account may later register the device.
    metadata: { ...metadata, id: `${request}.login`, source: `/${by}` },
    timeoutMs: APPEND_TIMEOUT_MS,
  });
}
