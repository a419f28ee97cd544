import { type DeviceCommand, type DeviceState, FleetError } from "@fleetlog/domain";
import { allowOnDevice } from "../allow.ts";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../fleet.ts";
import { type Done, decideOn } from "./decide.ts";
import { revisionOf } from "./revision.ts";

export interface ChangeRequest {
  /** Null removes the name. */
  readonly name?: string | null | undefined;
  /** Replaces all tags of the device. */
  readonly tags?: readonly string[] | undefined;
  /** Changes the device only if it has one of these revisions ({@link revisionOf}). */
  readonly ifRevision?: readonly string[] | undefined;
}

/**
 * Changes the name and the tags if they are given, with one event for each. With `ifRevision`, the second event is
 * refused if somebody else changed the device after the first event: then only the first event is recorded.
 * @throws FleetError `device-unknown`, `device-retired`, `precondition-failed`, `conflict`, `log-unavailable`,
 * `log-full`; errors of `allowOnDevice`
 */
export async function changeDevice(
  fleet: Pick<Fleet, "log" | "writer" | "views">,
  caller: Caller,
  device: string,
  { name, tags, ifRevision }: ChangeRequest,
): Promise<Done> {
  await allowOnDevice(fleet, caller, "device.change", device);
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
  return { seq };
}

function mustBe(expected: readonly string[] | undefined, state: DeviceState): void {
  if (expected === undefined || state.status !== "registered" || expected.includes(revisionOf(state))) return;
  throw new FleetError("precondition-failed", `device ${state.id} was changed by somebody else`, {
    field: "If-Match",
    advice: "Read it again, and repeat the change with its new ETag.",
  });
}
