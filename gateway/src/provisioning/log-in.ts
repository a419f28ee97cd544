import { FleetError } from "@fleetlog/domain";
import type { PresentedIdentity, ShownCertificate } from "@fleetlog/identity";
import type { PresentedPassword, ProvisioningDevice } from "./device.ts";
import type { Provisioning } from "./provisioning.ts";

/** Codes with which `logIn` refuses a client that may be no device. */
const NO_DEVICE: ReadonlySet<string> = new Set(["unauthenticated", "invalid-request"]);

/** What a client shows that matters for a provisioning device. */
export type Shown = {
  readonly [F in "clientId" | "userName" | "password"]: string | undefined;
} & Omit<PresentedPassword, "clientId" | "userName" | "password"> &
  Pick<PresentedIdentity, "certificate">;

/**
 * A client that is no device may be a provisioning device. A client with a certificate of a customer's authority is
 * looked up among provisioning devices first, because `logIn` could accept the certificate of a device that must still
 * enrol. All other clients are looked up only after `logIn` has refused them, so that a device's log-in costs no
 * look-up.
 * @throws FleetError the error of `logIn`, if the client is no provisioning device or the error is not about its
 * identity; the errors of {@link Provisioning.logIn}
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
    if (found === undefined) throw clientId === userName ? error : withoutRequest(error);
    return { provisioning: found };
  }
}

/**
 * Explains the refusal of names that no native device can have: the client may be a provisioning device with a wrong
 * password.
 */
function withoutRequest(error: FleetError): FleetError {
  const { code, field, message } = error;
  if (code !== "invalid-request") return error;
  return new FleetError(
    code,
    `no open provision request has this client id, user name and password; without a request, ${message}`,
    field === undefined ? {} : { field },
  );
}

/**
 * The certificate that a client shows without a password. Undefined if no customer's authority has signed it, or if the
 * client sent a name that differs from the common name.
 */
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
