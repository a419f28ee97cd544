import type { CommandResult, EventReport, Profile, Telemetry } from "@fleetlog/protocol";

/** What a device reports, in the domain's terms, whatever its dialect. */
export type DeviceReport =
  | { readonly kind: "telemetry"; readonly items: readonly Telemetry[] }
  | { readonly kind: "profile"; readonly profile: Profile }
  | { readonly kind: "event"; readonly report: EventReport }
  | { readonly kind: "command-result"; readonly result: CommandResult };

/** What one message holds: nearly always one report, which costs no list; else any number of them, none too. */
export type DeviceReports = DeviceReport | readonly DeviceReport[];

export const NO_REPORTS: readonly DeviceReport[] = [];

export function isSingle(reports: DeviceReports): reports is DeviceReport {
  return !Array.isArray(reports);
}

/** What a message counts for the device's rate: its events, and one where it has none. */
export function eventsIn(reports: DeviceReports): number {
  if (isSingle(reports)) return reports.kind === "telemetry" ? reports.items.length : 1;
  let events = 0;
  for (const report of reports) events += eventsIn(report);
  return Math.max(1, events);
}
