import {
  type Action,
  FleetError,
  type HistoryStart,
  isDeviceId,
  isLimited,
  isWithin,
  type RecordedEvent,
  type Scope,
  statusAfter,
} from "@fleetlog/domain";
import { authorize, scopeOf } from "@fleetlog/identity";
import type { Caller } from "./caller.ts";
import type { Fleet } from "./dependencies/fleet.ts";

/** The part of a device's history that the caller may see. It begins at `from`. */
export interface VisibleHistory {
  /** The device's account. Telemetry from before a move names the earlier account. */
  readonly account: string;
  readonly from: HistoryStart;
}

type Dependencies = Pick<Fleet, "views" | "log">;

/**
 * Resolves if the caller may do the action on the device. The views apply a limited scope to the device's current
 * account and tags. Resolves with the visible history, if the caller is limited to accounts and the device moved
 * without its history.
 * @param atLeast FLEET sequence that the views must have reached
 * @throws FleetError `unauthenticated`, `forbidden`, `device-unknown` also outside the scope; errors of `Views.query`
 */
export async function allowOnDevice(
  fleet: Dependencies,
  caller: Caller,
  action: Action,
  id: string,
  atLeast = 0,
): Promise<VisibleHistory | undefined> {
  return (await withinScope(fleet, caller, action, id, atLeast))?.visible;
}

/**
 * As {@link allowOnDevice}, for a device that a parameter names.
 * @param field the parameter, for `device-unknown`
 */
export async function allowOnNamedDevice(
  fleet: Dependencies,
  caller: Caller,
  action: Action,
  id: string,
  field: string,
): Promise<void> {
  await allowOnDevice(fleet, caller, action, id).catch((error: unknown) => {
    throw error instanceof FleetError && error.code === "device-unknown" ? unknownDevice(id, field) : error;
  });
}

/**
 * For the history of one device, which the parameter `device` names: the device may have been retired.
 * @throws FleetError as {@link allowOnDevice}, `device-unknown` if the device was never registered
 */
export async function allowHistoryOf(fleet: Dependencies, caller: Caller, id: string): Promise<void> {
  await allowOnNamedDevice(fleet, caller, "history.read", id, "device");
  if (statusAfter(await fleet.log.last("device", id)) === "unknown") throw unknownDevice(id, "device");
}

function unknownDevice(id: string, field: string): FleetError {
  return new FleetError("device-unknown", `there is no device ${id}`, { field });
}

/**
 * As {@link allowOnDevice}, with the device's newest event: one read of the log serves both the check and a decision.
 * @returns undefined if the caller is not limited and the device was never registered
 */
export async function allowWithNewest(
  fleet: Dependencies,
  caller: Caller,
  action: Action,
  id: string,
): Promise<RecordedEvent | undefined> {
  const within = await withinScope(fleet, caller, action, id, 0);
  return within === undefined ? fleet.log.last("device", id) : within.newest;
}

interface WithinScope {
  readonly visible: VisibleHistory | undefined;
  readonly newest: RecordedEvent | undefined;
}

/** Undefined: the caller is not limited, and may do the action. */
async function withinScope(
  { views, log }: Dependencies,
  { principal }: Caller,
  action: Action,
  id: string,
  atLeast: number,
): Promise<WithinScope | undefined> {
  const scope = scopeOf(principal, action);
  if (isLimited(scope)) {
    // For reads, an old answer is better than none.
    const whenBehind = action.endsWith(".read") ? "newest" : "fail";
    const ask = (seq: number) =>
      views.queryWithSeq("devices.get", { id }, { scope, whenAway: "wait", whenBehind, atLeast: seq });
    let answer = await ask(atLeast);
    // Read after the answer. If it is newer, the views are asked again: the device may just have been registered,
    // tagged, moved or retired.
    const newest = isDeviceId(id) ? await log.last("device", id) : undefined;
    if (newest !== undefined && newest.seq > answer.seq) answer = await ask(Math.max(atLeast, newest.seq));
    const { result: found } = answer;
    if (found !== null) {
      const { account, historyFrom: from } = found;
      const visible = from === undefined || scope.accounts === undefined ? undefined : { account, from };
      return { visible, newest };
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
  throw unknownDevice(device, "id");
}
