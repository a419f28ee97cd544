import { unknownProvisionRequest, WHOLE_FLEET } from "@fleetlog/domain";
import { authorize } from "@fleetlog/identity";
import type { ProvisionProgress } from "@fleetlog/protocol";
import type { Fleet } from "../dependencies/fleet.ts";
import { decideOnRequest, loadProvisionRequest } from "./load.ts";
import { callerFor } from "./log-in.ts";

const MAX_MESSAGE = 512;

/**
 * @throws FleetError `provision-state` for a state that can't follow the present one, `invalid-request` for an unknown bundle,
 * `log-unavailable`, `log-full`
 */
export async function reportProvisioning(
  fleet: Pick<Fleet, "log" | "writer">,
  id: string,
  { state, bundle, error }: ProvisionProgress,
): Promise<number> {
  const device = callerFor(id);
  authorize(device.principal, "provision.progress", WHOLE_FLEET);
  const request = await loadProvisionRequest(fleet, id);
  if (request === undefined) throw unknownProvisionRequest();
  const command =
    state === "FAILED"
      ? ({ type: "Fail", error: errorOf(error) } as const)
      : ({ type: "Progress", state, ...(bundle !== undefined && { bundle }) } as const);
  return (await decideOnRequest(fleet, device, request, command)).lastSeq;
}

function errorOf(error: ProvisionProgress["error"]): { readonly code: string; readonly message: string } {
  const given = typeof error === "string" ? { message: error } : error;
  const { code = "device", message = "the device gave no reason" } = given ?? {};
  return { code: String(code), message: message.slice(0, MAX_MESSAGE).toWellFormed() };
}
