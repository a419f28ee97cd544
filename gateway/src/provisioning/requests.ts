import { FleetError, type ProvisionRequest } from "@fleetlog/domain";
import {
  acceptProvisioning,
  enrolCertified,
  enrolDevice,
  type Fleet,
  isCertifiedFor,
  logInProvisioning,
  mustEnrol,
  reportProvisioning,
} from "@fleetlog/fleet";
import type { PresentedPassword, ProvisioningClient, ProvisioningSource } from "./device.ts";

type Dependencies = Parameters<typeof acceptProvisioning>[0];
type FindRequest = (presented: PresentedPassword) => ReturnType<typeof logInProvisioning>;

export function provisionRequestSource(
  fleet: Dependencies & Pick<Fleet, "log">,
  clock: () => number,
): ProvisioningSource {
  return sourceOf(fleet, clock, (presented) => logInProvisioning(fleet, presented, clock()));
}

/** Lets in the devices of enrolment groups. Each device gets its own provision request. */
export function enrolmentSource(
  fleet: Dependencies & Pick<Fleet, "accounts">,
  clock: () => number,
): ProvisioningSource {
  return sourceOf(fleet, clock, (presented) => enrolDevice(fleet, presented, clock()));
}

/** Lets in the devices of enrolment groups that show a certificate of the group's authority. */
export function certificateSource(
  fleet: Dependencies & Pick<Fleet, "accounts" | "authorities">,
  clock: () => number,
): ProvisioningSource {
  return async (presented) => {
    if (!("certificate" in presented)) return undefined;
    if (presented.mustEnrol && !(await mustEnrol(fleet, presented, clock()))) return undefined;
    const request = await enrolCertified(fleet, presented, clock());
    if (request === undefined) return undefined;
    const device = deviceOf(fleet, clock, presented.device, request);
    const allowed = () => isCertifiedFor(fleet, request.account, presented, clock());
    return {
      ...device,
      allowed,
      ask: async (ask, session) => {
        if (!(await allowed())) throw new FleetError("forbidden", "the client certificate is not accepted any more");
        return device.ask(ask, session);
      },
    };
  };
}

function sourceOf(fleet: Dependencies, clock: () => number, find: FindRequest): ProvisioningSource {
  return async (presented) => {
    if ("certificate" in presented) return undefined;
    const request = await find(presented);
    return request && deviceOf(fleet, clock, presented.userName, request);
  };
}

function deviceOf(
  fleet: Dependencies,
  clock: () => number,
  login: string,
  { id, account }: Pick<ProvisionRequest, "id" | "account">,
): ProvisioningClient {
  return {
    id,
    login,
    account,
    ask: (ask, session) => acceptProvisioning(fleet, id, ask, clock(), session),
    progress: (progress) => reportProvisioning(fleet, id, progress),
  };
}
