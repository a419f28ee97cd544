import { ACCESS_ENDED } from "@fleetlog/protocol";
import type { Fleet } from "../fleet.ts";

/** All nodes look the access of the person, or of the API key, up again. */
export function accessEnded({ bus }: Pick<Fleet, "bus">, person: string): void {
  bus.publish(ACCESS_ENDED, { person });
}
