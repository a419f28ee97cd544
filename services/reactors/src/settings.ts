import { installationSettings } from "@fleetlog/fleet/settings";
import { logSettings } from "@fleetlog/log/settings";
import { leaseSettings, processSettings, slice } from "@fleetlog/runtime/node";
import { smtpSettings } from "./mail/settings.ts";

export { smtpSettings } from "./mail/settings.ts";

export const reactorsSettings = slice({
  uses: [logSettings, leaseSettings, processSettings, installationSettings, smtpSettings],
});
