import { AUTHORITIES_CHANGED } from "@fleetlog/protocol";
import type { Fleet } from "../fleet.ts";

/** All nodes read the customers' authorities again, and look at the sessions that were opened by their certificates. */
export function authoritiesChanged({ bus }: Pick<Fleet, "bus">): void {
  bus.publish(AUTHORITIES_CHANGED, {});
}
