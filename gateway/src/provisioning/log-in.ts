import { FleetError } from "@fleetlog/domain";
import type { PresentedIdentity, ShownCertificate } from "@fleetlog/identity";
import type { PresentedPassword, ProvisioningDevice } from "./device.ts";
import type { Provisioning } from "./provisioning.ts";

/** Error codes of the log-in of a client that is no device. */
const NO_DEVICE: ReadonlySet<string> = new Set(["unauthenticated", "invalid-request"]);

/** What a client shows, as far as it may be a provisioning device. */
export type Shown = {
  readonly [F in "clientId" | "userName" | "password"]: string | undefined;
} & Omit<PresentedPassword, "clientId" | "userName" | "password"> &
  Pick<PresentedIdentity, "certificate">;

/**
 * A client that is no device may be a provisioning device. A device's log-in looks for provisioning devices only if it
 * is by a certificate of a customer's authority.
 * @throws FleetError the refusal of `logIn`, if the client is no provisioning device
 */
export async function deviceOrProvisioning<T>(
  provisioning: Pick<Provisioning, "logIn">,
  shown: Shown,
  logIn: () => Promise<T>,
): Promise<T | { readonly provisioning: ProvisioningDevice }> {
  const { clientId, userName, password, certificate, ...origin } = shown;
  const certified = certificateOf(shown);
  if (certified !== undefined) {
    const found = await provisioning.logIn({ ...certified, ...origin, mustEnrol: true });
    if (found !== undefined) return { provisioning: found };
  }
  try {
    return await logIn();
  } catch (error) {
    if (!(error instanceof FleetError) || !NO_DEVICE.has(error.code)) throw error;
    const presented =
      certified !== undefined
        ? { ...certified, ...origin, mustEnrol: false }
        : clientId && userName && password !== undefined && { clientId, userName, password, ...origin };
    if (!presented) throw error;
    const found = await provisioning.logIn(presented);
    if (found === undefined) throw error;
    return { provisioning: found };
  }
}

/** The certificate, if a customer's authority has signed it, and nothing else that was shown contradicts it. */
function certificateOf({
  clientId,
  userName,
  password,
  certificate: named,
}: Shown): { readonly device: string; readonly certificate: ShownCertificate } | undefined {
  if (named?.authority === undefined || password !== undefined) return undefined;
  const { commonName: device, serial, issuer, own, ...more } = named;
  if (serial === undefined || issuer === undefined || own === undefined) return undefined;
  if ((clientId && clientId !== device) || (userName !== undefined && userName !== device)) return undefined;
  return { device, certificate: { serial, issuer, own, ...more } };
}
