import { FleetError, isDeviceId, shortened } from "@fleetlog/domain";
import type { DeviceCredentials, DeviceProof, DirectoryEntry, PresentedCredential } from "@fleetlog/identity";
import type { EventLog } from "@fleetlog/log";
import type { Admission } from "./admission.ts";

export interface Authentication {
  readonly credentials: DeviceCredentials;
  readonly log: Pick<EventLog, "last">;
  readonly admission: Admission;
}

/** Only damage of the store can cause it: a credential is never deleted. */
const LOST_CREDENTIAL =
  "the device is registered, but the store of credentials (KV_credentials) has lost its credential; give it a new token, or restore a backup";

/**
 * Verifies the credential that the device presents.
 * @throws FleetError `unauthenticated` (the same for a wrong token, a retired and an unknown device),
 * `log-unavailable` while credentials can't be read, `unavailable` when too many log in at once
 */
export async function authenticateDevice(
  authentication: Authentication,
  { device, login, credential }: Omit<DirectoryEntry, "dialect">,
): Promise<DeviceProof> {
  const { admission, credentials } = authentication;
  const proof = await admission.run(() => prove(credentials, device, credential));
  if (proof !== undefined) return proof;
  const wrong = credential.token === undefined ? "" : ", or its token is wrong";
  // Peers get the same answer whatever the cause, because the cause would reveal which device ids exist. Operators
  // read the cause in the log.
  throw new FleetError("unauthenticated", `${quoted(login)} is not registered or was retired${wrong}`, {
    cause: await causeOfRefusal(authentication, device),
  });
}

async function prove(
  credentials: DeviceCredentials,
  device: string,
  { by, token }: PresentedCredential,
): Promise<DeviceProof | undefined> {
  if (token === undefined) return credentials.verifyCertificate(device);
  const proof = await credentials.verify(device, token);
  return proof !== undefined && by === "certificate" ? { by } : proof;
}

async function causeOfRefusal({ credentials, log }: Authentication, device: string): Promise<string> {
  switch (await credentials.statusOf(device).catch(() => undefined)) {
    case "valid":
      return "wrong token";
    case "revoked":
      return "retired device";
    case undefined:
      return (await isRegistered(log, device)) ? LOST_CREDENTIAL : "unknown device id";
  }
}

async function isRegistered(log: Pick<EventLog, "last">, device: string): Promise<boolean> {
  if (!isDeviceId(device)) return false;
  const last = await log.last("device", device).catch(() => undefined);
  return last !== undefined && last.type !== "DeviceRetired";
}

/** Quotes and shortens a name from a client, which may contain anything and be of any length. */
function quoted(name: string): string {
  return JSON.stringify(shortened(name));
}
