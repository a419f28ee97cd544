import type { AccountLimits } from "@fleetlog/domain";
import type { GatewaySettings } from "../../settings/index.ts";

type Settings = Pick<GatewaySettings, "signUpDevices" | "signUpEventsPerMinute" | "signUpBytesPerMinute">;

/** The limits of an account that a person gets by signing up. */
export function ownLimitsOf(settings: Settings): AccountLimits {
  const given = {
    devices: settings.signUpDevices,
    eventsPerMinute: settings.signUpEventsPerMinute,
    bytesPerMinute: settings.signUpBytesPerMinute,
  };
  return Object.fromEntries(Object.entries(given).filter(([, limit]) => limit !== "off"));
}
