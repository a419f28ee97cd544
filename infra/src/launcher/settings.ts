import { gatewaySettings } from "@fleetlog/gateway/settings";
import { historianSettings } from "@fleetlog/history/settings";
import { projectorSettings } from "@fleetlog/projections/settings";
import { reactorsSettings } from "@fleetlog/reactors/settings";
import { dataFolderSettings, type SettingsOf, slice } from "@fleetlog/runtime/node";
import { simulatorSettings } from "@fleetlog/simulators/settings";
import { historianPortApart } from "./listeners.ts";

/** The settings of all processes, so that they are checked before anything starts. */
export const launcherSettings = slice({
  uses: [
    gatewaySettings,
    projectorSettings,
    historianSettings,
    reactorsSettings,
    simulatorSettings,
    dataFolderSettings,
  ],
  checks: [replicasNeedCluster, historianPortApart],
});
export type LauncherSettings = SettingsOf<typeof launcherSettings>;

function replicasNeedCluster({ replicas, natsUrl }: { readonly replicas: number; readonly natsUrl?: string }) {
  return replicas > 1 && natsUrl === undefined
    ? `FLEETLOG_REPLICAS is ${replicas}, which needs a NATS cluster of that many servers; name it in FLEETLOG_NATS_URL, or leave FLEETLOG_REPLICAS out`
    : undefined;
}
