import { installationSettings } from "@fleetlog/fleet/settings";
import { slice } from "@fleetlog/runtime/node";
import { networksSetting } from "../outgoing/networks.ts";

const channelNetworks = networksSetting(
  "Private networks that webhooks and SMS channels may connect to, also without TLS; public addresses are always allowed, with TLS",
);

export const channelSettings = slice({ uses: [installationSettings], own: { channelNetworks } });
