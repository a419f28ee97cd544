import { type Action, isLimited } from "@fleetlog/domain";
import { authorize, scopeOf } from "@fleetlog/identity";
import type { Caller } from "./caller.ts";
import type { Fleet } from "./fleet.ts";

/**
 * Resolves if the caller may perform the action on the device. The views judge the scope of a limited caller, by the device's
 * account and tags of today; other callers make no query.
 * @throws FleetError `unauthenticated`, `forbidden`, `device-unknown` for a device out of scope; as `Views.query` does
 */
export async function allowOnDevice(
  { views }: Pick<Fleet, "views">,
  { principal }: Caller,
  action: Action,
  id: string,
): Promise<void> {
  const scope = scopeOf(principal, action);
  if (isLimited(scope)) {
    const found = await views.query("devices.get", { id }, { scope, whenAway: "wait" });
    if (found !== null) return;
  }
  // For a limited caller this refuses: nothing is known of the device that would put it in the scope.
  authorize(principal, action, { kind: "device", id });
}
