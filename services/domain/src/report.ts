import { FleetError } from "./errors.ts";

/** Counted by the device: `boot` changes at every start of it, `seq` counts within a boot. */
export interface DeviceOrder {
  readonly boot?: string | number;
  readonly seq?: number;
}

export type JsonObject = { readonly [key: string]: unknown };

/** Measured values; kept in the bounded TELEMETRY stream. */
export interface TelemetryReported {
  readonly type: "TelemetryReported";
  readonly data: DeviceOrder & { readonly data: JsonObject };
}

/** Something happened on the device; kept for ever. */
export interface DeviceEventReported {
  readonly type: "DeviceEventReported";
  readonly data: DeviceOrder & { readonly name: string; readonly data?: unknown };
}

export type ReportEvent = TelemetryReported | DeviceEventReported;

/**
 * The id of an event that the device numbered: what it sends twice has one id, and is one event.
 * Undefined if it gave no order; then each arrival is an event of its own.
 *
 * `boot` without `seq`, or the reverse, orders nothing and is refused.
 * @throws FleetError `invalid-request`
 */
export function reportId(device: string, order: DeviceOrder): string | undefined {
  if (order.boot === undefined && order.seq === undefined) return undefined;
  if (order.boot === undefined) throw needsBoth("boot", "seq");
  if (order.seq === undefined) throw needsBoth("seq", "boot");
  // Escaped, so that no boot can reach into the place of seq. A number is the same boot as its text.
  return `${device}:${encodeURIComponent(String(order.boot))}:${order.seq}`;
}

function needsBoth(missing: string, given: string): FleetError {
  return new FleetError("invalid-request", `${given} was given without ${missing}`, {
    field: missing,
    advice: "Give both boot and seq, or neither.",
  });
}
