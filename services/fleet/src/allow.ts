import { type Action, isLimited } from "@fleetlog/domain";
import { authorize, scopeOf } from "@fleetlog/identity";
import type { Caller } from "./caller.ts";
import type { Fleet } from "./fleet.ts";

/**
 * Resolves if the caller may perform the action on the device. If the caller's scope is limited, the views are queried
 * for the device, and they apply the scope to its current account and tags.
 * @throws FleetError `unauthenticated`, `forbidden`, `device-unknown` for a device out of scope; errors of
 * `Views.query`
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
  // If the scope is limited, this refuses: a device without account and tags is outside every limited scope.
  authorize(principal, action, { kind: "device", id });
}
