import { installationSettings } from "@fleetlog/fleet/settings";
import { slice } from "@fleetlog/runtime/node";
import { networksSetting } from "../outgoing/networks.ts";

const channelNetworks = networksSetting(
  "Private networks in which webhooks, SMS channels and mail servers of channels may be, also without TLS; public addresses are always allowed, with TLS",
);

export const channelSettings = slice({ uses: [installationSettings], own: { channelNetworks } });
