import type { FleetError } from "@fleetlog/domain";
import type { NumberedPublication } from "@fleetlog/identity";
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

export interface MessageReport {
  /** An email address, which has an `@`, or a telephone number. */
  readonly recipient: string;
  readonly text: string;
  /** Absent if the device can't mark a message that it sends again. */
  readonly publication?: NumberedPublication | undefined;
  /** The command that the message answers. The command fails if the message can't be sent. */
  readonly answers?: { readonly command: string; readonly result: unknown } | undefined;
}

export type DeviceReport =
  | { readonly kind: "telemetry"; readonly items: readonly Telemetry[] }
  | {
      readonly kind: "profile";
      readonly profile: Profile;
      /** Tells the device which part of its profile was not understood. */
      readonly remark?: string | undefined;
    }
  | { readonly kind: "event"; readonly report: EventReport }
  | { readonly kind: "command-progress"; readonly progress: CommandProgressReport }
  | { readonly kind: "command-result"; readonly result: CommandResult }
  | { readonly kind: "configuration"; readonly report: ConfigurationReport }
  /** The device wants a successor of its certificate. `csr` is a FleetError if the request can't be read. */
  | { readonly kind: "renewal"; readonly csr: string | FleetError }
  /** An email or SMS to a person. */
  | { readonly kind: "message"; readonly message: MessageReport }
  // From devices that are being provisioned:
  /** `ask` is a FleetError if the message can't be read. */
  | { readonly kind: "provision-ask"; readonly ask: ProvisionAsk | FleetError }
  | { readonly kind: "provision-progress"; readonly progress: ProvisionProgress };

/** The reports in one message: nearly always one, which needs no array. */
export type DeviceReports = DeviceReport | readonly DeviceReport[];

export const NO_REPORTS: readonly DeviceReport[] = [];

export function isSingle(reports: DeviceReports): reports is DeviceReport {
  return !Array.isArray(reports);
}

/** Cost of a message for the rate limit: its number of events, at least one. */
export function eventsIn(reports: DeviceReports): number {
  if (isSingle(reports)) return reports.kind === "telemetry" ? reports.items.length : 1;
  let events = 0;
  for (const report of reports) events += eventsIn(report);
  return Math.max(1, events);
}

/** What is wrong with an accepted report, for the device and for operators; undefined: nothing. */
export function remarkOn(reports: DeviceReports): string | undefined {
  return isSingle(reports) && reports.kind === "profile" ? reports.remark : undefined;
}
