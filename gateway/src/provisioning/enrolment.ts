import { acceptProvisioning, enrolDevice, type Fleet, reportProvisioning } from "@fleetlog/fleet";
import type { ProvisioningSource } from "./device.ts";

type Dependencies = Parameters<typeof acceptProvisioning>[0] & Pick<Fleet, "accounts">;

/** Lets in the devices of enrolment groups; each gets a provision request of its own. */
export function enrolledDevices(fleet: Dependencies, clock: () => number): ProvisioningSource {
  return async (presented) => {
    const request = await enrolDevice(fleet, presented, clock());
    if (request === undefined) return undefined;
    const { id, account } = request;
    return {
      id,
      login: presented.userName,
      account,
      ask: (ask) => acceptProvisioning(fleet, id, ask, clock()),
      progress: (progress) => reportProvisioning(fleet, id, progress),
    };
  };
}
