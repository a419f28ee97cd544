import { type ArtifactId, accountOf, FleetError, mustBeRegistered } from "@fleetlog/domain";
import type { Fleet } from "../dependencies/fleet.ts";
import { findArtifact } from "./find.ts";

/** Lifetime of a download link. A device with a slow connection needs hours for a large file. */
const DOWNLOAD_MS = 4 * 3_600_000;

/** What a device needs to download an artifact and to check it. */
export interface Download {
  readonly url: string;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

export type DownloadDependencies = Pick<Fleet, "log"> & {
  readonly artifacts: Pick<Fleet["artifacts"], "links">;
  readonly provisioner: Pick<Fleet["provisioner"], "endpoints">;
};

/**
 * A new link to an artifact.
 * @param who as in `DownloadGrant.for`
 * @param now milliseconds since the epoch
 * @throws FleetError `artifact-unknown`, `log-unavailable`
 */
export async function downloadFor(
  fleet: DownloadDependencies,
  id: ArtifactId,
  who: string,
  now: number,
): Promise<Download> {
  const { sha256, size } = await findArtifact(fleet, id);
  const expires = Math.ceil((now + DOWNLOAD_MS) / 1_000);
  const path = fleet.artifacts.links.sign({ ...id, for: who, expires });
  return { url: fleet.provisioner.endpoints().http.replace(/\/+$/, "") + path, sha256, size };
}

/**
 * A new link for a device, which may download the artifacts of its account. The link ends with the device's credentials.
 * @throws FleetError `device-unknown`, `device-retired`, `artifact-unknown`, `log-unavailable`
 */
export async function deviceDownload(
  fleet: DownloadDependencies,
  device: string,
  { name, version }: Omit<ArtifactId, "account">,
  now: number,
): Promise<Download> {
  const last = await fleet.log.last("device", device);
  mustBeRegistered(device, last);
  const id = { account: accountOf(last), name, version };
  return downloadFor(fleet, id, `devices/${device}`, now).catch((error: unknown) => {
    if (!(error instanceof FleetError) || error.code !== "artifact-unknown") throw error;
    throw new FleetError("artifact-unknown", `the device's account has no artifact ${name} ${version}`);
  });
}
