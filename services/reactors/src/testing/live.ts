import { encodeToken } from "@fleetlog/domain";
import { liveSubject } from "@fleetlog/protocol";

/** The subject of all live messages to the gateway that holds the device's session. */
export function liveMessagesTo(device: string): string {
  return liveSubject(encodeToken(device), "*");
}
