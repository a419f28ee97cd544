import { definitionEntity } from "@fleetlog/domain";
import type { IsMember } from "@fleetlog/identity";
import type { Fleet } from "../dependencies/fleet.ts";

/** Whether the device is in the group. Waits until the views include the newest events of both. */
export function groupMembers({ log, views }: Pick<Fleet, "log" | "views">): IsMember {
  return async (name, { device, account }) => {
    const entity = definitionEntity({ name, account });
    const [ofDevice, ofGroup] = await Promise.all([log.last("device", device), log.last("group", entity)]);
    const atLeast = Math.max(ofDevice?.seq ?? 0, ofGroup?.seq ?? 0);
    return views.query("groups.member", { name, account, device }, { atLeast, whenAway: "wait" });
  };
}
