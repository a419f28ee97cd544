import { acceptProvisioning, type Fleet, logInProvisioning, reportProvisioning } from "@fleetlog/fleet";
import type { ProvisioningSource } from "./device.ts";

type Dependencies = Parameters<typeof acceptProvisioning>[0] & Pick<Fleet, "log">;

export function provisionRequestDevices(fleet: Dependencies, clock: () => number): ProvisioningSource {
  return async (presented) => {
    const request = await logInProvisioning(fleet, presented, clock());
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
