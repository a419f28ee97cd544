import type { FleetError } from "@fleetlog/domain";
import type {
  CommandProgressReport,
  CommandResult,
  ConfigurationReport,
  EventReport,
  Profile,
  ProvisionAsk,
  ProvisionProgress,
  Telemetry,
} from "@fleetlog/protocol";

/** A report of a device in the domain's terms, independent of the dialect. */
export type DeviceReport =
  | { readonly kind: "telemetry"; readonly items: readonly Telemetry[] }
  | {
      readonly kind: "profile";
      readonly profile: Profile;
      /** Tells the device which part of its profile is not understood. */
      readonly remark?: string | undefined;
    }
  | { readonly kind: "event"; readonly report: EventReport }
  | { readonly kind: "command-progress"; readonly progress: CommandProgressReport }
  | { readonly kind: "command-result"; readonly result: CommandResult }
  | { readonly kind: "configuration"; readonly report: ConfigurationReport }
  /** The device asks for the successor of its certificate. A request that can't be read is answered, too. */
  | { readonly kind: "renewal"; readonly csr: string | FleetError }
  // Of provisioning devices.
  | { readonly kind: "provision-ask"; readonly ask: ProvisionAsk }
  | { readonly kind: "provision-progress"; readonly progress: ProvisionProgress };

/** The reports in one message. There is nearly always one; it is passed without an array, to save the allocation. */
export type DeviceReports = DeviceReport | readonly DeviceReport[];

export const NO_REPORTS: readonly DeviceReport[] = [];

export function isSingle(reports: DeviceReports): reports is DeviceReport {
  return !Array.isArray(reports);
}

/** The cost of a message for the rate limit: its number of events, at least one. */
export function eventsIn(reports: DeviceReports): number {
  if (isSingle(reports)) return reports.kind === "telemetry" ? reports.items.length : 1;
  let events = 0;
  for (const report of reports) events += eventsIn(report);
  return Math.max(1, events);
}

/** A remark that the device receives although its message is accepted; undefined if there is none. */
export function remarkOn(reports: DeviceReports): string | undefined {
  return isSingle(reports) && reports.kind === "profile" ? reports.remark : undefined;
}
