import type { DefinitionId } from "@fleetlog/domain";
import { AUTHORITIES_CHANGED } from "@fleetlog/protocol";
import type { Fleet } from "../dependencies/fleet.ts";

/** Makes all nodes read the authorities again, and check the sessions of their certificates. */
export function authoritiesChanged({ bus }: Pick<Fleet, "bus">): void {
  bus.publish(AUTHORITIES_CHANGED, {});
}

/** As {@link authoritiesChanged}, if an authority is limited to this group. */
export async function authoritiesOfGroupChanged(
  fleet: Pick<Fleet, "bus" | "authorities">,
  { name, account }: Required<DefinitionId>,
): Promise<void> {
  // The group is saved already, so an unreachable store must not prevent the check of sessions.
  const all = await fleet.authorities.all().catch(() => undefined);
  if (all?.some((one) => one.group === name && one.account === account) !== false) authoritiesChanged(fleet);
}
