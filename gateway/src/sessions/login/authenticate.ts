import { FleetError, isDeviceId, shortened, statusAfter } from "@fleetlog/domain";
import type { DeviceCredentials, DeviceProof, DirectoryEntry, PresentedCredential } from "@fleetlog/identity";
import type { EventLog } from "@fleetlog/log";
import {
  ENDED_CERTIFICATE,
  FOREIGN_AUTHORITY,
  LOST_CREDENTIAL,
  RETIRED_DEVICE,
  UNKNOWN_DEVICE,
  WRONG_ADDRESS,
  WRONG_PASSWORD,
  WRONG_TOKEN,
} from "../../refusals/login-causes.ts";
import type { Admission } from "./admission.ts";

export interface Authentication {
  readonly credentials: DeviceCredentials;
  readonly log: Pick<EventLog, "last">;
  readonly admission: Admission;
}

/**
 * @throws FleetError `unauthenticated` for a wrong credential or an unknown or retired device, `unavailable` while too many
 * devices log in, `log-unavailable`
 */
export async function authenticateDevice(
  authentication: Authentication,
  { device, login, credential }: Omit<DirectoryEntry, "dialect">,
): Promise<DeviceProof> {
  const { admission, credentials } = authentication;
  const proof = await admission.run(() => prove(credentials, device, credential));
  if (proof !== undefined) return proof;
  const wrong = WRONG[credential.by === "certificate" && credential.token !== undefined ? "both" : credential.by];
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
      return whatWasWrong(credentials, device, shown);
    case "revoked":
      return RETIRED_DEVICE;
    case undefined:
      return (await isRegistered(log, device)) ? LOST_CREDENTIAL : UNKNOWN_DEVICE;
  }
}

/** The cause for operators, if the device has a valid credential but has shown another one. */
async function whatWasWrong(
  credentials: DeviceCredentials,
  device: string,
  shown: PresentedCredential,
): Promise<string> {
  if (shown.by === "token") return WRONG_TOKEN;
  if (shown.by === "names") return WRONG_PASSWORD;
  if (shown.by === "address") return WRONG_ADDRESS;
  const { token, certificate } = shown;
  const isTokenRight = token === undefined || (await credentials.verify(device, token).catch(() => undefined));
  if (!isTokenRight) return WRONG_TOKEN;
  return certificate?.authority === undefined ? ENDED_CERTIFICATE : FOREIGN_AUTHORITY;
}

async function isRegistered(log: Pick<EventLog, "last">, device: string): Promise<boolean> {
  if (!isDeviceId(device)) return false;
  const last = await log.last("device", device).catch(() => undefined);
  return statusAfter(last) === "registered";
}

/** The end of the error's text, by what the peer has shown. It is the same for an unknown device. */
const WRONG: Readonly<Record<PresentedCredential["by"] | "both", string>> = {
  token: ", or its token is wrong",
  certificate: ", or its certificate is not valid for it",
  both: ", or its certificate is not valid for it, or its token is wrong",
  names: ", or its password is wrong",
  address: ", or does not log in by this address",
};

function quoted(name: string): string {
  return JSON.stringify(shortened(name));
}
