import type { EventTypes } from "./envelope.ts";
import { FleetError, invalid } from "./errors.ts";
import type { JsonObject } from "./json.ts";

/** Counted by the device: `boot` changes at every start of it, `seq` counts within a boot. */
export interface DeviceOrder {
  readonly boot?: string | number;
  readonly seq?: number;
}

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

/** The category that each is stored in. */
export const reportEvents: EventTypes<ReportEvent> = {
  TelemetryReported: "telemetry",
  DeviceEventReported: "event",
};

/**
 * The id of an event that the device numbered: what it sends twice has one id, and is one event.
 * Undefined if it gave no order; then each arrival is an event of its own.
 *
 * `boot` without `seq`, or the reverse, orders nothing and is refused; so is a `boot` that is no Unicode text.
 * @throws FleetError `invalid-request`
 */
export function reportId(device: string, order: DeviceOrder): string | undefined {
  if (order.boot === undefined && order.seq === undefined) return undefined;
  if (order.boot === undefined) throw needsBoth("boot", "seq");
  if (order.seq === undefined) throw needsBoth("seq", "boot");
  const boot = String(order.boot);
  if (!boot.isWellFormed()) throw invalid("boot", "boot must be Unicode text");
  // No other id of an event has a colon, nor these a slash: a device can't take the place of what others record.
  // Escaped, so that no boot can reach into the place of seq. A number is the same boot as its text.
  return `${device}:${encodeURIComponent(boot)}:${order.seq}`;
}

function needsBoth(missing: string, given: string): FleetError {
  return new FleetError("invalid-request", `${given} was given without ${missing}`, {
    field: missing,
    advice: "Give both boot and seq, or neither.",
  });
}
