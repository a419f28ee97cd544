import { FleetError } from "@fleetlog/domain";
import type { PresentedProvisioning, ProvisioningDevice } from "./device.ts";
import type { Provisioning } from "./provisioning.ts";

/** Error codes of the log-in of a client that is no device. */
const NO_DEVICE: ReadonlySet<string> = new Set(["unauthenticated", "invalid-request"]);

export type Shown = {
  readonly [F in "clientId" | "userName" | "password"]: string | undefined;
} & Omit<PresentedProvisioning, "clientId" | "userName" | "password">;

/**
 * Looks for a provisioning device only if the client is no device. So devices' log-ins need no further look-up.
 * @throws FleetError the refusal of `logIn`, if the client is no provisioning device
 */
export async function deviceOrProvisioning<T>(
  provisioning: Pick<Provisioning, "logIn">,
  { clientId, userName, password, ...shown }: Shown,
  logIn: () => Promise<T>,
): Promise<T | { readonly provisioning: ProvisioningDevice }> {
  try {
    return await logIn();
  } catch (error) {
    const isNoDevice = error instanceof FleetError && NO_DEVICE.has(error.code);
    if (!isNoDevice || !clientId || !userName || password === undefined) throw error;
    const found = await provisioning.logIn({ clientId, userName, password, ...shown });
    if (found === undefined) throw error;
    return { provisioning: found };
  }
}
