import { allowOnDevice } from "../allow.ts";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../fleet.ts";
import { type Done, decideOn } from "./decide.ts";

export interface ChangeRequest {
  /** Null removes it. */
  readonly name?: string | null | undefined;
  /** Replaces all its tags. */
  readonly tags?: readonly string[] | undefined;
}

/** Changes the name and the tags if given. @throws FleetError `device-unknown`, `device-retired`, as `registerDevice` does */
export async function changeDevice(
  fleet: Pick<Fleet, "log" | "writer" | "views">,
  caller: Caller,
  device: string,
  { name, tags }: ChangeRequest,
): Promise<Done> {
  await allowOnDevice(fleet, caller, "device.change", device);
  const { by } = caller;
  let seq = 0;
  if (name !== undefined) {
    const command =
      name === null ? ({ type: "RemoveName", by } as const) : ({ type: "RenameDevice", name, by } as const);
    seq = (await decideOn(fleet, caller, device, command)).lastSeq;
  }
  if (tags !== undefined) seq = (await decideOn(fleet, caller, device, { type: "TagDevice", tags, by })).lastSeq;
  return { seq };
}
