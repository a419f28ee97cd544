import type { BodyOf, Recorded, RecordedEvent } from "@fleetlog/domain";

/** Whether the device's account changes and its earlier history is hidden from the new account. */
export function staysBehind(event: RecordedEvent): event is Recorded<BodyOf<"DeviceMoved" | "DeviceRegistered">> {
  if (event.type === "DeviceMoved") return event.data.history === "stays";
  return event.type === "DeviceRegistered" && event.data.from !== undefined;
}
