import { installationSettings } from "@fleetlog/fleet/settings";
import { logSettings } from "@fleetlog/log/settings";
import { duration, leaseSettings, processSettings, slice } from "@fleetlog/runtime/node";
import { channelSettings } from "./channels/settings.ts";
import { smtpSettings } from "./mail/settings.ts";
import { scanSettings } from "./update-scans/settings.ts";

export { channelSettings } from "./channels/settings.ts";
export { smtpSettings } from "./mail/settings.ts";
export { scanSettings } from "./update-scans/settings.ts";

export const reactorsSettings = slice({
  own: {
    provisionTimeout: duration(
      "15m",
      ["1s", "7d"],
      "Time without a message from the device after which a try to provision it has failed",
    ),
  },
  uses: [
    logSettings,
    leaseSettings,
    processSettings,
    installationSettings,
    smtpSettings,
    channelSettings,
    scanSettings,
  ],
});
