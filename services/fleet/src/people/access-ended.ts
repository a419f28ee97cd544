import { ACCESS_ENDED } from "@fleetlog/protocol";
import type { Fleet } from "../dependencies/fleet.ts";

/**
 * Calls `change`, which ends access of a person, and then {@link accessEnded}. The second call follows even an error,
 * because the store may have made the change without an answer.
 */
export async function endingAccess<T>(fleet: Pick<Fleet, "bus">, person: string, change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } finally {
    accessEnded(fleet, person);
  }
}

/** Makes all nodes look up the access of a person or API key again. */
export function accessEnded({ bus }: Pick<Fleet, "bus">, person: string): void {
  bus.publish(ACCESS_ENDED, { person });
}
