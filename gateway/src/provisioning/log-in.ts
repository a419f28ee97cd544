import { FleetError } from "@fleetlog/domain";
import type { PresentedProvisioning, ProvisioningDevice } from "./device.ts";
import type { Provisioning } from "./provisioning.ts";

/** Refusals after which the client may still be a provisioning device: no device has these names or this credential. */
const NO_DEVICE: ReadonlySet<string> = new Set(["unauthenticated", "invalid-request"]);

/** Names and password of a client, as far as it has sent them. */
export type Shown = {
  readonly [F in "clientId" | "userName" | "password"]: string | undefined;
} & Omit<PresentedProvisioning, "clientId" | "userName" | "password">;

/**
 * Logs a device in. Only if no device's credential lets the client in, it may be a provisioning device: so the log-ins of
 * devices do nothing more.
 * @throws FleetError the device's refusal, if the client is no provisioning device either
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
