import { gatewaySettings } from "@fleetlog/gateway/settings";
import { projectorSettings } from "@fleetlog/projections/settings";
import { reactorsSettings } from "@fleetlog/reactors/settings";
import { dataFolderSettings, type SettingsOf, slice, text } from "@fleetlog/runtime/node";
import { simulatorSettings } from "@fleetlog/simulators/settings";

/** Of the launcher, which makes the checks of all processes that it starts before the first one starts. */
export const launcherSettings = slice({
  uses: [gatewaySettings, projectorSettings, reactorsSettings, simulatorSettings, dataFolderSettings],
  own: {
    natsSync: text(/^(?:always|\d{1,6}(?:ms|s|m))$/, {
      description: "When the launcher's own nats-server puts appends on disk (2.10 and newer; older ones: each 2m)",
      accepts: "always, or an interval such as 10s",
      fallback: "always",
    }),
  },
  checks: [replicasNeedCluster],
});
export type LauncherSettings = SettingsOf<typeof launcherSettings>;

/** One nats-server, as the launcher starts it, keeps one copy. */
function replicasNeedCluster({ replicas, natsUrl }: { readonly replicas: number; readonly natsUrl?: string }) {
  return replicas > 1 && natsUrl === undefined
    ? `FLEETLOG_REPLICAS is ${replicas}, which needs a NATS cluster of that many servers; name it in FLEETLOG_NATS_URL, or leave FLEETLOG_REPLICAS out`
    : undefined;
}
