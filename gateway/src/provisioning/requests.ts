import { acceptProvisioning, enrolDevice, type Fleet, logInProvisioning, reportProvisioning } from "@fleetlog/fleet";
import type { PresentedProvisioning, ProvisioningSource } from "./device.ts";

type Dependencies = Parameters<typeof acceptProvisioning>[0];
type FindRequest = (presented: PresentedProvisioning) => ReturnType<typeof logInProvisioning>;

export function provisionRequestSource(
  fleet: Dependencies & Pick<Fleet, "log">,
  clock: () => number,
): ProvisioningSource {
  return sourceOf(fleet, clock, (presented) => logInProvisioning(fleet, presented, clock()));
}

/** Lets in the devices of enrolment groups; each gets a provision request of its own. */
export function enrolmentSource(
  fleet: Dependencies & Pick<Fleet, "accounts">,
  clock: () => number,
): ProvisioningSource {
  return sourceOf(fleet, clock, (presented) => enrolDevice(fleet, presented, clock()));
}

function sourceOf(fleet: Dependencies, clock: () => number, find: FindRequest): ProvisioningSource {
  return async (presented) => {
    const request = await find(presented);
    if (request === undefined) return undefined;
    const { id, account } = request;
    return {
      id,
      login: presented.userName,
      account,
      ask: (question) => acceptProvisioning(fleet, id, question, clock()),
      progress: (progress) => reportProvisioning(fleet, id, progress),
    };
  };
}
