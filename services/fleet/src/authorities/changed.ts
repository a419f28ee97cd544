import type { DefinitionId } from "@fleetlog/domain";
import { AUTHORITIES_CHANGED } from "@fleetlog/protocol";
import type { Fleet } from "../fleet.ts";

/** All nodes read the customers' authorities again, and look at the sessions that were opened by their certificates. */
export function authoritiesChanged({ bus }: Pick<Fleet, "bus">): void {
  bus.publish(AUTHORITIES_CHANGED, {});
}

/** As {@link authoritiesChanged}, if the certificates of an authority count only for devices in this group. */
export async function authoritiesOfGroupChanged(
  fleet: Pick<Fleet, "bus" | "authorities">,
  { name, account }: Required<DefinitionId>,
): Promise<void> {
  // The group is saved already. Sessions that should end must not stay because the store is away.
  const all = await fleet.authorities.all().catch(() => undefined);
  if (all?.some((one) => one.group === name && one.account === account) !== false) authoritiesChanged(fleet);
}
