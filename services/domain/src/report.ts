import type { EventTypes } from "./envelope.ts";
import { FleetError, invalid } from "./errors.ts";
import type { JsonObject } from "./json.ts";

/** `boot` changes at every start of the device; `seq` counts within a boot. */
export interface DeviceOrder {
  readonly boot?: string | number;
  readonly seq?: number;
}

/** Measured values. */
export interface TelemetryReported {
  readonly type: "TelemetryReported";
  readonly data: DeviceOrder & { readonly data: JsonObject };
}

/** The log keeps these events for ever. */
export interface DeviceEventReported {
  readonly type: "DeviceEventReported";
  readonly data: DeviceOrder & { readonly name: string; readonly data?: unknown };
}

/** The reports are not stored, but were acknowledged, because the protocol has no error replies. */
export interface ReportsRefused {
  readonly type: "ReportsRefused";
  readonly data: {
    /** The topic or method of the last refused report. `code`, `field` and `message` are also about that report. */
    readonly where: string;
    readonly code: string;
    readonly field?: string;
    readonly message: string;
    /** The refusals since the session's last event of this type. */
    readonly count: number;
  };
}

export type ReportEvent = TelemetryReported | DeviceEventReported | ReportsRefused;

export const reportEvents: EventTypes<ReportEvent> = {
  TelemetryReported: "telemetry",
  DeviceEventReported: "event",
  ReportsRefused: "event",
};

/**
 * A report that is sent twice has one id. Undefined without `boot` and `seq`.
 * @throws FleetError `invalid-request` if only one of them is given, or `boot` is not valid Unicode
 */
export function reportId(device: string, order: DeviceOrder): string | undefined {
  if (order.boot === undefined && order.seq === undefined) return undefined;
  if (order.boot === undefined) throw needsBoth("boot", "seq");
  if (order.seq === undefined) throw needsBoth("seq", "boot");
  const boot = String(order.boot);
  if (!boot.isWellFormed()) throw invalid("boot", "boot must be Unicode text");
  // Only ids of reports have colons and no slash, so a device can't forge ids of other authors. An escaped boot has no
  // colon.
  return `${device}:${encodeURIComponent(boot)}:${order.seq}`;
}

function needsBoth(missing: string, given: string): FleetError {
  return new FleetError("invalid-request", `${given} was given without ${missing}`, {
    field: missing,
    advice: "Give both boot and seq, or neither.",
  });
}
