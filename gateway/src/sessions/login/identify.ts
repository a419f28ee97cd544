import { FleetError } from "@fleetlog/domain";
import type { DeviceProof, Directory, DirectoryEntry, PresentedIdentity } from "@fleetlog/identity";
import { isDialectName } from "@fleetlog/protocol";

/** Checks what a device presents. */
export interface DeviceAuthenticator {
  /** @throws FleetError */
  authenticate(entry: DirectoryEntry): Promise<DeviceProof>;
}

export interface IdentifiedDevice {
  readonly device: DirectoryEntry;
  readonly proof: DeviceProof;
}

/** After a refusal with one of these codes, the client's names may still be those of another device. */
const REFUSED: ReadonlySet<string> = new Set(["unauthenticated", "invalid-request", "forbidden"]);

/**
 * Finds the device that a client presents, and checks its credential. The native device comes first, so that its log-in
 * needs no look-up of names. Undefined if nothing that was presented names a device.
 * @param found called with each device before its credential is checked
 * @throws FleetError as `Directory.find` and `Sessions.authenticate` do
 */
export async function identify(
  { directory, sessions }: { readonly directory: Directory; readonly sessions: DeviceAuthenticator },
  presented: PresentedIdentity,
  found: (device: DirectoryEntry) => void = () => {},
): Promise<IdentifiedDevice | undefined> {
  let refusal: unknown;
  try {
    const device = await directory.find(presented);
    if (device !== undefined) {
      found(device);
      return proven(device, await sessions.authenticate(device));
    }
  } catch (error) {
    if (!(error instanceof FleetError && REFUSED.has(error.code))) throw error;
    refusal = error;
  }
  const device = await directory.findRegistered?.(presented);
  if (device !== undefined) {
    found(device);
    return proven(device, await sessions.authenticate(device));
  }
  if (refusal !== undefined) throw refusal;
  return undefined;
}

/**
 * The result, with the dialect in which the device is registered. @throws FleetError `forbidden` if it uses another one
 */
function proven(device: DirectoryEntry, proof: DeviceProof): IdentifiedDevice {
  const dialect = proof.dialect ?? (isDialectName(device.dialect) ? "native" : device.dialect);
  if (dialect === device.dialect) return { device, proof };
  if (device.dialect === "native") return { device: { ...device, dialect }, proof };
  throw new FleetError("forbidden", `${device.login} is registered for ${dialect}`);
}
