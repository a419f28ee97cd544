import { type Action, type HistoryStart, isLimited } from "@fleetlog/domain";
import { authorize, scopeOf } from "@fleetlog/identity";
import type { Caller } from "./caller.ts";
import type { Fleet } from "./fleet.ts";

/** The part of a device's history that the caller may see. */
export interface VisibleHistory {
  /** The device's account. Its telemetry from before the move names another one. */
  readonly account: string;
  readonly from: HistoryStart;
}

/**
 * Resolves if the caller may perform the action on the device. If the caller's scope is limited, the views are queried
 * for the device, and they apply the scope to its current account and tags. The answer limits the history that the caller
 * may see, if the caller is limited to accounts and the device came from another one without its history.
 * @param atLeast the FLEET sequence that the views must have reached
 * @throws FleetError `unauthenticated`, `forbidden`, `device-unknown` for a device out of scope; errors of
 * `Views.query`
 */
export async function allowOnDevice(
  { views }: Pick<Fleet, "views">,
  { principal }: Caller,
  action: Action,
  id: string,
  atLeast = 0,
): Promise<VisibleHistory | undefined> {
  const scope = scopeOf(principal, action);
  if (isLimited(scope)) {
    const found = await views.query("devices.get", { id }, { scope, whenAway: "wait", atLeast });
    if (found !== null) {
      const { account, historyFrom: from } = found;
      return from === undefined || scope.accounts === undefined ? undefined : { account, from };
    }
  }
  // If the scope is limited, this refuses: a device without account and tags is outside every limited scope.
  authorize(principal, action, { kind: "device", id });
  return undefined;
}
