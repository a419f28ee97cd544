import { ACCESS_ENDED } from "@fleetlog/protocol";
import type { Fleet } from "../fleet.ts";

/** Makes all nodes look up the access of a person or API key again. */
export function accessEnded({ bus }: Pick<Fleet, "bus">, person: string): void {
  bus.publish(ACCESS_ENDED, { person });
}
