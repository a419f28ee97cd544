/** Why a credential was refused. Only for operators, because it reveals device ids. */
export const WRONG_TOKEN = "wrong token";
export const WRONG_PASSWORD = "wrong password";
/**
 * The address belongs to a device, but can't log it in: others share the address, or the device has just got another
 * one.
 */
export const WRONG_ADDRESS = "the device does not log in by this address, or other devices come from there";
export const ENDED_CERTIFICATE = "the certificate is not valid for this device: it was revoked or has expired";
export const RETIRED_DEVICE = "retired device";
export const UNKNOWN_DEVICE = "unknown device id";
export const FOREIGN_AUTHORITY =
  "the authority of its certificate is not for this device, or the certificate was revoked";
/** A credential is never deleted, so only damage of the store can be the cause. */
export const LOST_CREDENTIAL =
  "the device is registered, but the store of credentials (KV_credentials) has lost its credential; give it a new token, or restore a backup";

const KNOWN: ReadonlySet<string | undefined> = new Set([
  WRONG_TOKEN,
  WRONG_PASSWORD,
  WRONG_ADDRESS,
  ENDED_CERTIFICATE,
  RETIRED_DEVICE,
  FOREIGN_AUTHORITY,
  LOST_CREDENTIAL,
]);

/** Whether the refused login named a registered or retired device. */
export function isOfKnownDevice(cause: string | undefined): boolean {
  return KNOWN.has(cause);
}
