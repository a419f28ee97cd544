import { device as decider, FleetError } from "@fleetlog/domain";
import type { DeviceProof, NewCertificate } from "@fleetlog/identity";
import { APPEND_TIMEOUT_MS } from "../append-timeout.ts";
import type { Fleet } from "../fleet.ts";
import { loadFromLog } from "../writer/load.ts";

/**
 * Renews the certificate that a device has logged in with, for the key in its signing request. The earlier one stays valid
 * until it ends, so that a device whose connection breaks before it has the new one can ask again.
 * @param fleet its writer names the device as the source
 * @throws FleetError `forbidden` if it has not logged in with a certificate of the installation's own authority;
 * `invalid-request` for a signing request that is refused; `limit-reached`, `device-retired`, `conflict`,
 * `log-unavailable`, `log-full`
 */
export async function renewCertificate(
  fleet: Pick<Fleet, "log" | "writer" | "credentials" | "authority">,
  { device, proof }: { readonly device: string; readonly proof: DeviceProof },
  csr: string,
): Promise<NewCertificate> {
  const { credentials, authority } = fleet;
  if (proof.by !== "certificate" || proof.own !== true || proof.serial === undefined) {
    throw new FleetError("forbidden", "only a certificate of this installation's authority can be renewed", {
      advice: "Log in with that certificate, or ask an operator for one.",
    });
  }
  await credentials.mustHaveRoom(device);
  const issued = await authority.issue(device, { csr });
  const { serial, issuer, notAfter } = issued;
  await fleet.writer.record({
    decider,
    load: () => loadFromLog(fleet.log, decider, "device", device),
    command: { type: "IssueCertificate", by: device, serial, issuer, notAfter, renews: proof.serial } as const,
    entity: device,
    timeoutMs: APPEND_TIMEOUT_MS,
  });
  if (!(await credentials.addCertificate(device, issued))) {
    throw new FleetError("device-retired", `device ${device} has no valid credentials`);
  }
  return issued;
}
