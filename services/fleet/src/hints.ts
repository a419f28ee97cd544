import { encodeToken } from "@fleetlog/domain";
import type { Bus } from "@fleetlog/log";
import { type LiveKind, type LiveMessages, liveSubject } from "@fleetlog/protocol";

/** Tells the gateway that holds the device's session what the log has just recorded: quicker than the log, and may be lost. */
export function sendHint<K extends LiveKind>(bus: Bus, device: string, kind: K, message: LiveMessages[K]): void {
  bus.publish(liveSubject(encodeToken(device), kind), message);
}
