import type { AccountLimits } from "@fleetlog/domain";
import { integer, type Setting, type SettingsOf, size, slice } from "@fleetlog/runtime/node";

type Limit = number | "off";

function orOff(limit: Setting<number>): Setting<Limit> {
  return {
    ...limit,
    accepts: `${limit.accepts}, or off`,
    read: (text) => (text === "off" ? text : limit.read(text)),
  };
}

/** Limits that the accounts of people who sign up begin with. */
export const ownLimitSettings = slice({
  own: {
    signUpDevices: orOff(integer(100, [1, 1_000_000], "Devices that the account of somebody who signs up may have")),
    signUpEventsPerMinute: orOff(
      integer(
        6_000,
        [1, 1_000_000_000],
        "Events that the devices of such an account may send to each gateway in a minute",
      ),
    ),
    signUpBytesPerMinute: orOff(
      size(
        "16MiB",
        ["1KiB", "64GiB"],
        "Bytes that the devices of such an account may send to each gateway in a minute",
      ),
    ),
  },
});

/** The limits of an account that a person gets by signing up. */
export function ownLimitsOf(settings: SettingsOf<typeof ownLimitSettings>): AccountLimits {
  const given = {
    devices: settings.signUpDevices,
    eventsPerMinute: settings.signUpEventsPerMinute,
    bytesPerMinute: settings.signUpBytesPerMinute,
  };
  return Object.fromEntries(Object.entries(given).filter(([, limit]) => limit !== "off"));
}
