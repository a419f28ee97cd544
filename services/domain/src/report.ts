import type { EventTypes } from "./envelope.ts";
import { FleetError, invalid } from "./errors.ts";
import type { JsonObject } from "./json.ts";

/** The device's own numbering: `boot` changes at every start, `seq` counts within a boot. */
export interface DeviceOrder {
  readonly boot?: string | number;
  readonly seq?: number;
}

/** Measured values, in the bounded TELEMETRY stream. */
export interface TelemetryReported {
  readonly type: "TelemetryReported";
  readonly data: DeviceOrder & { readonly data: JsonObject };
}

/** Something happened on the device. Kept for ever. */
export interface DeviceEventReported {
  readonly type: "DeviceEventReported";
  readonly data: DeviceOrder & { readonly name: string; readonly data?: unknown };
}

/** Reports of the device were refused and are not stored. Protocols without error replies acknowledged them. */
export interface ReportsRefused {
  readonly type: "ReportsRefused";
  readonly data: {
    /** The topic or method of the last refused report. */
    readonly where: string;
    /** The error code of the last refused report. */
    readonly code: string;
    readonly field?: string;
    readonly message: string;
    /** How many reports were refused since the session's last event of this type. */
    readonly count: number;
  };
}

export type ReportEvent = TelemetryReported | DeviceEventReported | ReportsRefused;

/** The category in which each event type is stored. */
export const reportEvents: EventTypes<ReportEvent> = {
  TelemetryReported: "telemetry",
  DeviceEventReported: "event",
  ReportsRefused: "event",
};

/**
 * The id of a report that the device numbered: a report that is sent twice has the same id and is stored as one event.
 * Undefined if the device did not number the report: then each arrival is an event of its own.
 *
 * @throws FleetError `invalid-request` for `boot` without `seq` or the reverse, and for a `boot` that is not valid
 * Unicode
 */
export function reportId(device: string, order: DeviceOrder): string | undefined {
  if (order.boot === undefined && order.seq === undefined) return undefined;
  if (order.boot === undefined) throw needsBoth("boot", "seq");
  if (order.seq === undefined) throw needsBoth("seq", "boot");
  const boot = String(order.boot);
  if (!boot.isWellFormed()) throw invalid("boot", "boot must be Unicode text");
  // These ids contain colons and no slash; any other event id with a colon also contains a slash. So a device cannot
  // forge the id of another author. The boot is escaped so that it cannot contain a colon. The number 3 and the text
  // "3" are the same boot.
  return `${device}:${encodeURIComponent(boot)}:${order.seq}`;
}

function needsBoth(missing: string, given: string): FleetError {
  return new FleetError("invalid-request", `${given} was given without ${missing}`, {
    field: missing,
    advice: "Give both boot and seq, or neither.",
  });
}
