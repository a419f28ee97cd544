import { integer, type Setting, size, slice } from "@fleetlog/runtime/node";

type Limit = number | "off";

function orOff(limit: Setting<number>): Setting<Limit> {
  return {
    ...limit,
    accepts: `${limit.accepts}, or off`,
    read: (text) => (text === "off" ? text : limit.read(text)),
  };
}

/** The first limits of accounts that sign-ups create. */
export const ownLimitSettings = slice({
  own: {
    signUpDevices: orOff(integer(100, [1, 1_000_000], "Devices that the account of somebody who signs up may have")),
    signUpEventsPerMinute: orOff(
      integer(
        6_000,
        [1, 1_000_000_000],
        "Events that the devices of such an account may send to all gateways in a minute",
      ),
    ),
    signUpBytesPerMinute: orOff(
      size(
        "16MiB",
        ["1KiB", "64GiB"],
        "Bytes that the devices of such an account may send to all gateways in a minute",
      ),
    ),
  },
});
