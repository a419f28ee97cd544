import { encodeToken } from "@fleetlog/domain";
import { liveSubject } from "@fleetlog/protocol";

export function liveMessagesTo(device: string): string {
  return liveSubject(encodeToken(device), "*");
}
