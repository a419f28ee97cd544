import type { Fleet } from "../dependencies/fleet.ts";
import { loadProvisionRequest } from "./load.ts";

/**
 * Begins a session of a provisioning device.
 * @returns its number, larger than those of all earlier sessions of the request on any gateway
 * @throws FleetError `log-unavailable`
 */
export async function beginProvisioningSession(
  fleet: Pick<Fleet, "log" | "credentials" | "provisioner">,
  id: string,
): Promise<number> {
  const request = await loadProvisionRequest(fleet, id);
  const known = request === undefined ? 0 : await fleet.credentials.provisionedIn(request.device.id, id);
  return fleet.provisioner.logins.beginSession(id, known);
}
