import { installationSettings } from "@fleetlog/fleet/settings";
import { type Setting, slice } from "@fleetlog/runtime/node";
import { AddressPolicy } from "./outgoing/addresses.ts";

const channelNetworks: Setting<readonly string[]> = {
  description:
    "Private networks that webhooks and SMS channels may connect to, also without TLS; public addresses are always allowed, with TLS",
  accepts: "addresses and networks (`10.0.0.0/8`), with commas between",
  fallback: [],
  defaultText: "none",
  read(text) {
    const networks = text.split(",").map((part) => part.trim());
    try {
      new AddressPolicy(networks);
      return networks;
    } catch {
      return undefined;
    }
  },
};

export const channelSettings = slice({ uses: [installationSettings], own: { channelNetworks } });
