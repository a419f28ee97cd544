import { FleetError, isDeviceId, shortened, statusAfter } from "@fleetlog/domain";
import type { DeviceCredentials, DeviceProof, DirectoryEntry, PresentedCredential } from "@fleetlog/identity";
import type { EventLog } from "@fleetlog/log";
import type { Admission } from "./admission.ts";
import { FOREIGN_AUTHORITY, LOST_CREDENTIAL, RETIRED_DEVICE, UNKNOWN_DEVICE, WRONG_TOKEN } from "./login-causes.ts";

export interface Authentication {
  readonly credentials: DeviceCredentials;
  readonly log: Pick<EventLog, "last">;
  readonly admission: Admission;
}

/**
 * @throws FleetError `unauthenticated` for a wrong token or an unknown or retired device, `unavailable` while too many
 * devices log in, `log-unavailable`
 */
export async function authenticateDevice(
  authentication: Authentication,
  { device, login, credential }: Omit<DirectoryEntry, "dialect">,
): Promise<DeviceProof> {
  const { admission, credentials } = authentication;
  const proof = await admission.run(() => prove(credentials, device, credential));
  if (proof !== undefined) return proof;
  const wrong = WRONG[credential.by === "certificate" && credential.token !== undefined ? "token" : credential.by];
  // The peer does not get the cause, which would reveal device ids. Operators read it in the log.
  throw new FleetError("unauthenticated", `${quoted(login)} is not registered or was retired${wrong}`, {
    cause: await causeOfRefusal(authentication, device, credential),
  });
}

async function prove(
  credentials: DeviceCredentials,
  device: string,
  shown: PresentedCredential,
): Promise<DeviceProof | undefined> {
  if (shown.by === "token") return credentials.verify(device, shown.token);
  if (shown.by === "names") return credentials.verifyLogin(device, shown);
  if (shown.by === "address") return credentials.verifyAddress(device, shown.address);
  if (shown.token !== undefined && (await credentials.verify(device, shown.token)) === undefined) return undefined;
  return credentials.verifyCertificate(device, shown.certificate);
}

async function causeOfRefusal(
  { credentials, log }: Authentication,
  device: string,
  shown: PresentedCredential,
): Promise<string> {
  switch (await credentials.statusOf(device).catch(() => undefined)) {
    case "valid":
      return shown.by === "certificate" && shown.certificate?.authority !== undefined ? FOREIGN_AUTHORITY : WRONG_TOKEN;
    case "revoked":
      return RETIRED_DEVICE;
    case undefined:
      return (await isRegistered(log, device)) ? LOST_CREDENTIAL : UNKNOWN_DEVICE;
  }
}

async function isRegistered(log: Pick<EventLog, "last">, device: string): Promise<boolean> {
  if (!isDeviceId(device)) return false;
  const last = await log.last("device", device).catch(() => undefined);
  return statusAfter(last) === "registered";
}

const WRONG: Readonly<Record<PresentedCredential["by"], string>> = {
  token: ", or its token is wrong",
  certificate: "",
  names: ", or its password is wrong",
  address: "",
};

function quoted(name: string): string {
  return JSON.stringify(shortened(name));
}
