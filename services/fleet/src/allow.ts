import {
  type Action,
  FleetError,
  type HistoryStart,
  isDeviceId,
  isLimited,
  isWithin,
  type Scope,
} from "@fleetlog/domain";
import { authorize, scopeOf } from "@fleetlog/identity";
import type { Caller } from "./caller.ts";
import type { Fleet } from "./fleet.ts";

/** The part of a device's history that the caller may see. It begins at `from`. */
export interface VisibleHistory {
  /** The device's account. Telemetry from before a move names the earlier account. */
  readonly account: string;
  readonly from: HistoryStart;
}

/**
 * Resolves if the caller may do the action on the device. The views apply a limited scope to the device's current
 * account and tags. Resolves with the visible history, if the caller is limited to accounts and the device moved
 * without its history.
 * @param atLeast FLEET sequence that the views must have reached
 * @throws FleetError `unauthenticated`, `forbidden`, `device-unknown` also outside the scope; errors of `Views.query`
 */
export async function allowOnDevice(
  { views, log }: Pick<Fleet, "views" | "log">,
  { principal }: Caller,
  action: Action,
  id: string,
  atLeast = 0,
): Promise<VisibleHistory | undefined> {
  const scope = scopeOf(principal, action);
  if (isLimited(scope)) {
    // A projector may lack the newest event: the device may just have been registered, tagged or moved.
    const newest = isDeviceId(id) ? ((await log.last("device", id))?.seq ?? 0) : 0;
    const options = {
      scope,
      whenAway: "wait",
      // For reads, an old answer is better than none.
      whenBehind: action.endsWith(".read") ? "newest" : "fail",
      atLeast: Math.max(atLeast, newest),
    } as const;
    const found = await views.query("devices.get", { id }, options);
    if (found !== null) {
      const { account, historyFrom: from } = found;
      return from === undefined || scope.accounts === undefined ? undefined : { account, from };
    }
  }
  // Refuses every caller with a limited scope, because neither account nor tags are given here.
  authorize(principal, action, { kind: "device", id });
  return undefined;
}

/**
 * Refuses a limited caller if the device has left the scope since {@link allowOnDevice}.
 * @param now what the log has; without tags, only the account is compared
 * @throws FleetError `device-unknown`
 */
export function mustStillBeWithin(
  { principal }: Pick<Caller, "principal">,
  device: string,
  now: { readonly account: string; readonly tags?: readonly string[] },
): void {
  const { accounts, tags }: Scope = principal.kind === "person" ? (principal.scope ?? {}) : {};
  const limits = { ...(accounts && { accounts }), ...(tags && now.tags && { tags }) };
  if (isWithin(limits, now)) return;
  throw new FleetError("device-unknown", `there is no device ${device}`, { field: "id" });
}
