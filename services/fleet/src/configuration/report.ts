import { type ConfigurationEvent, type ConfigurationState, causedBy, configurationDecider } from "@fleetlog/domain";
import type { ConfigurationReport } from "@fleetlog/protocol";
import type { Fleet } from "../dependencies/fleet.ts";
import type { Outcome } from "../writer/decision.ts";
import { loadConfiguration, type RecordedSet } from "./load.ts";

/**
 * Records a device's report about a desired configuration. A report about the newest revision has the revision's
 * ConfigurationSet as its cause. An equal report appends no event.
 * @param known newest revision that the caller knows; the log may not show it yet
 * @throws FleetError `invalid-request` for a revision that was never desired
 */
export function reportConfiguration(
  fleet: Pick<Fleet, "log" | "writer" | "views">,
  device: string,
  report: ConfigurationReport,
  known = 0,
): Promise<Outcome<ConfigurationState, ConfigurationEvent>> {
  let newest: RecordedSet | undefined;
  return fleet.writer.record({
    decider: configurationDecider,
    load: async () => {
      const { state, lastSeq, set } = await loadConfiguration(fleet, device);
      newest = set;
      return { state: { ...state, revision: Math.max(state.revision, known) }, lastSeq };
    },
    metadata: () => (newest?.data.revision === report.revision ? causedBy(newest) : {}),
    command: { type: "ReportConfiguration", device, ...report } as const,
    entity: device,
  });
}
