import { FleetError, hasEndedProvisioning } from "@fleetlog/domain";
import type { Fleet } from "../fleet.ts";
import { loadProvisionRequest } from "./load.ts";

/**
 * A device logs in with its id as client id and as user name. No open provision request may have both names.
 * @throws FleetError `provision-request-exists`
 */
export async function mustHaveFreeLogin(fleet: Pick<Fleet, "log" | "provisioner">, device: string): Promise<void> {
  const holder = await fleet.provisioner.logins.holderOf({ clientId: device, userName: device });
  if (holder === undefined) return;
  const request = await loadProvisionRequest(fleet, holder);
  if (request === undefined || hasEndedProvisioning(request.state)) return;
  throw new FleetError("provision-request-exists", `an open provision request lets a device in as ${device}`, {
    field: "id",
    advice: "Stop that request first, or let it register the device.",
  });
}
