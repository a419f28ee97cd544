import { encodeToken } from "@fleetlog/domain";
import type { Bus } from "@fleetlog/log";
import { type LiveKind, type LiveMessages, liveSubject } from "@fleetlog/protocol";

/** Notifies the gateway of the device's session sooner than the log does. The message may be lost. */
export function sendLiveMessage<K extends LiveKind>(bus: Bus, device: string, kind: K, message: LiveMessages[K]): void {
  bus.publish(liveSubject(encodeToken(device), kind), message);
}

/** Has the gateway of the device's session look whether the device may still be connected. */
export function checkSessions(bus: Bus, device: string): void {
  sendLiveMessage(bus, device, "changed", { access: true });
}
