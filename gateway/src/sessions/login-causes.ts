/** Why a credential was refused: only for operators, because it tells which device ids exist. */
export const WRONG_TOKEN = "wrong token";
export const RETIRED_DEVICE = "retired device";
export const UNKNOWN_DEVICE = "unknown device id";
/** Only damage of the store can cause it: a credential is never deleted. */
export const LOST_CREDENTIAL =
  "the device is registered, but the store of credentials (KV_credentials) has lost its credential; give it a new token, or restore a backup";

const KNOWN: ReadonlySet<string | undefined> = new Set([WRONG_TOKEN, RETIRED_DEVICE, LOST_CREDENTIAL]);

/** Whether the cause says that the name is a device's, now or earlier. */
export function isOfKnownDevice(cause: string | undefined): boolean {
  return KNOWN.has(cause);
}
