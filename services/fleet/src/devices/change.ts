import {
  accountOf,
  type DeviceCommand,
  type DeviceState,
  deviceDecider,
  FleetError,
  invalid,
  type MovedHistory,
  WHOLE_FLEET,
} from "@fleetlog/domain";
import { authorize } from "@fleetlog/identity";
import { allowOnDevice } from "../allow.ts";
import type { Caller } from "../caller.ts";
import { mustBeType } from "../configuration/device-types.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { sendLiveMessage } from "../live-message.ts";
import { loadFromLog } from "../writer/load.ts";
import { type Done, decideOn } from "./decide.ts";
import { moveDevice } from "./move.ts";
import { mustHaveOwnTag } from "./own-tags.ts";
import { revisionOf } from "./revision.ts";

export interface ChangeRequest {
  /** Null removes the name. */
  readonly name?: string | null | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly account?: string | undefined;
  /** After a move, `stays` (the default) hides the earlier history from the new account. */
  readonly history?: MovedHistory | undefined;
  /** Null: the device's model decides. */
  readonly type?: string | null | undefined;
  /** Revisions that the device may have ({@link revisionOf}); with any other, the change is refused. */
  readonly ifRevision?: readonly string[] | undefined;
}

/**
 * Changes what is given, with one event for each attribute. With `ifRevision`, events after a concurrent change are
 * refused.
 * @throws FleetError `device-unknown`, `device-retired`, `invalid-request` for an unknown type, `forbidden` naming
 * `tags`, `precondition-failed`, `conflict`, `log-unavailable`, `log-full`; errors of `allowOnDevice`
 */
export async function changeDevice(
  fleet: Pick<Fleet, "log" | "bus" | "writer" | "views" | "accounts" | "credentials" | "typeCommands">,
  caller: Caller,
  device: string,
  { name, tags, type, account, history, ifRevision }: ChangeRequest,
): Promise<Done> {
  if (history !== undefined && account === undefined)
    throw invalid("history", "history says what happens to the history in a move: give account, too");
  await allowOnDevice(fleet, caller, "device.change", device);
  if (account !== undefined) authorize(caller.principal, "device.move", WHOLE_FLEET);
  if (tags !== undefined) mustHaveOwnTag(caller, "device.change", tags);
  if (type !== undefined && type !== null)
    await mustBeType(fleet, { name: type, account: account ?? (await accountOfDevice(fleet, device)) });
  const { by } = caller;
  let expected = ifRevision;
  let seq = 0;
  const decide = async (command: DeviceCommand) => {
    const { state, lastSeq } = await decideOn(fleet, caller, device, command, (found) => mustBe(expected, found));
    if (expected !== undefined && state.status === "registered") expected = [revisionOf(state)];
    seq = lastSeq;
  };
  if (name !== undefined) await decide(name === null ? { type: "RemoveName", by } : { type: "RenameDevice", name, by });
  if (tags !== undefined) await decide({ type: "TagDevice", tags, by });
  if (type !== undefined) await decide({ type: "TypeDevice", ...(type !== null && { deviceType: type }), by });
  if (tags !== undefined || name !== undefined || type !== undefined) sendLiveMessage(fleet.bus, device, "changed", {});
  if (account !== undefined) {
    const check = (found: DeviceState) => mustBe(expected, found);
    const moved = await moveDevice(fleet, caller, device, { to: account, history: history ?? "stays", check });
    seq = Math.max(seq, moved.seq);
  }
  return { seq };
}

async function accountOfDevice({ log }: Pick<Fleet, "log">, device: string): Promise<string> {
  const { state } = await loadFromLog(log, deviceDecider, "device", device);
  return accountOf(state.status === "unknown" ? {} : state);
}

function mustBe(expected: readonly string[] | undefined, state: DeviceState): void {
  if (expected === undefined || state.status !== "registered" || expected.includes(revisionOf(state))) return;
  throw new FleetError("precondition-failed", `device ${state.id} was changed since it was read`, {
    field: "If-Match",
    advice: "Read it again, and repeat the change with its new ETag.",
  });
}
