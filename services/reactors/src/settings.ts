import { logSettings } from "@fleetlog/log/settings";
import { leaseSettings, processSettings, slice } from "@fleetlog/runtime/node";

export const reactorsSettings = slice({ uses: [logSettings, leaseSettings, processSettings] });
