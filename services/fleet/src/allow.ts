import { type Action, isLimited } from "@fleetlog/domain";
import { authorize, scopeOf } from "@fleetlog/identity";
import type { Caller } from "./caller.ts";
import type { Fleet } from "./fleet.ts";

/**
 * Resolves if the caller may perform the action on the device. Looks up the device's tags only for callers with a limited scope.
 * @throws FleetError `unauthenticated`, `forbidden`, `device-unknown` for a device out of scope; as `Views.query` does
 */
export async function allowOnDevice(
  { views }: Pick<Fleet, "views">,
  { principal }: Caller,
  action: Action,
  id: string,
): Promise<void> {
  if (!isLimited(scopeOf(principal, action))) {
    authorize(principal, action, { kind: "device", id });
    return;
  }
  const found = await views.query("devices.get", { id }, { whenAway: "wait" });
  authorize(principal, action, { kind: "device", id, ...(found !== null && { tags: found.tags }) });
}
