import { parseDeviceId, WHOLE_FLEET } from "@fleetlog/domain";
import { authorize } from "@fleetlog/identity";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../fleet.ts";
import { type Done, decideOn } from "./decide.ts";

export interface RegisterRequest {
  readonly id: unknown;
  readonly name?: string | undefined;
  readonly tags?: readonly string[] | undefined;
}

/**
 * Registers a device and resolves with its token, which can't be read again. The event is appended before the token is
 * issued: a device without a token can be given one, but a token without a device would be access that no view shows.
 * @throws FleetError `invalid-request`, `device-exists`, `conflict`, `log-unavailable`, `log-full`
 */
export async function registerDevice(
  fleet: Pick<Fleet, "log" | "writer" | "credentials">,
  caller: Caller,
  { id, name, tags = [] }: RegisterRequest,
): Promise<Done & { readonly token: string }> {
  authorize(caller.principal, "device.register", WHOLE_FLEET);
  const device = parseDeviceId(id);
  const { lastSeq } = await decideOn(fleet, caller, device, {
    type: "RegisterDevice",
    device,
    tags,
    by: caller.by,
    ...(name !== undefined && { name }),
  });
  return { seq: lastSeq, token: await fleet.credentials.issue(device) };
}
