import { deviceDecider, FleetError } from "@fleetlog/domain";
import type { DeviceProof, NewCertificate } from "@fleetlog/identity";
import { APPEND_TIMEOUT_MS } from "../append-timeout.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { ownerOf } from "../devices/decide.ts";
import { loadFromLog } from "../writer/load.ts";

/**
 * Renews the certificate of a device's log-in, for the key in its signing request. The earlier certificate stays valid
 * until its end, so that a device that loses the answer can ask again.
 * @param fleet its writer names the device as the source
 * @throws FleetError `forbidden` for a log-in without a certificate of the installation's authority; `invalid-request`
 * for a refused signing request; `limit-reached`, `device-retired`, `conflict`, `log-unavailable`, `log-full`
 */
export async function renewCertificate(
  fleet: Pick<Fleet, "log" | "writer" | "credentials" | "authority">,
  { device, proof }: { readonly device: string; readonly proof: DeviceProof },
  csr: string,
): Promise<NewCertificate> {
  const { credentials, authority } = fleet;
  if (proof.by !== "certificate" || proof.own !== true || proof.serial === undefined) {
    throw new FleetError("forbidden", "only a certificate of this installation's authority can be renewed", {
      advice: "Log in with such a certificate, or ask an operator for one.",
    });
  }
  await credentials.mustHaveRoom(device);
  const issued = await authority.issue(device, { csr });
  const { serial, issuer, notAfter } = issued;
  await fleet.writer.record({
    decider: deviceDecider,
    load: () => loadFromLog(fleet.log, deviceDecider, "device", device),
    command: { type: "IssueCertificate", by: device, serial, issuer, notAfter, renews: proof.serial } as const,
    entity: device,
    metadata: (state) => ({ account: ownerOf(state) }),
    timeoutMs: APPEND_TIMEOUT_MS,
  });
  if (!(await credentials.addCertificate(device, issued))) {
    throw new FleetError("device-retired", `device ${device} has no valid credentials`);
  }
  return issued;
}
