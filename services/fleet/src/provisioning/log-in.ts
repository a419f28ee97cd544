import { admitsDevice, FleetError, type ProvisionRequest } from "@fleetlog/domain";
import type { ProvisionLogin } from "@fleetlog/identity";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { decideOnRequest, loadProvisionRequest } from "./load.ts";

/** The names and the password that a provisioning device presents. */
export interface PresentedProvisioning extends ProvisionLogin {
  readonly password: string;
  readonly encrypted: boolean;
  readonly protocol: string;
  /** `host:port`. */
  readonly address: string;
}

/**
 * Lets a provisioning device in. Resolves with undefined if no request with these names and this password lets devices
 * in now.
 * @throws FleetError `forbidden` without TLS, if the request does not allow that; `log-unavailable`, `log-full`
 */
export async function logInProvisioning(
  fleet: Pick<Fleet, "log" | "writer" | "provisioner">,
  { clientId, userName, password, encrypted, protocol, address }: PresentedProvisioning,
  now: number,
): Promise<ProvisionRequest | undefined> {
  const id = await fleet.provisioner.logins.verify({ clientId, userName }, password);
  const found = id === undefined ? undefined : await loadProvisionRequest(fleet, id);
  if (found === undefined || !admitsDevice(found, now)) return undefined;
  if (!encrypted && !found.allowPlain) {
    throw new FleetError("forbidden", "this provision request lets its device in by TLS only", {
      advice: "Use the port with TLS, or create a request with allowPlain.",
    });
  }
  if (found.state !== "CREATED" && found.state !== "FAILED") return found;
  const start = { type: "Start", now: new Date(now).toISOString(), protocol, address } as const;
  return (await decideOnRequest(fleet, callerFor(found.id), found, start)).state;
}

export function callerFor(request: string): Caller {
  return { principal: { kind: "provisioning", id: request }, by: `provision-requests/${request}` };
}
