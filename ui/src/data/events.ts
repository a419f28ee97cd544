import type * as wire from "@fleetlog/protocol";
import { type Happened, happenedAt } from "@fleetlog/runtime";
import { get } from "./api.ts";

/** An event with the CloudEvents extensions that the pages show. */
export type EventResource = wire.EventResource & {
  readonly gateway?: string;
  /** RFC 3339, by the device's clock. */
  readonly devicetime?: string;
  readonly correlationid?: string;
  readonly causationid?: string;
};
export type EventPage = Omit<wire.EventPage, "items"> & { readonly items: readonly EventResource[] };

/** Categories with events in a device's history. */
export type DeviceCategory = Exclude<wire.DeviceCategory, "update" | "alarm">;

export const CATEGORY_NAMES: Readonly<Record<DeviceCategory, string>> = {
  device: "Device",
  session: "Connections",
  command: "Commands",
  configuration: "Configuration",
  event: "Events",
  telemetry: "Telemetry",
};
export const DEVICE_CATEGORIES = Object.keys(CATEGORY_NAMES) as readonly DeviceCategory[];

export interface HistoryQuery {
  readonly category?: DeviceCategory | undefined;
  readonly order: "asc" | "desc";
  readonly limit: number;
  readonly from?: string | undefined;
  /** RFC 3339: only earlier events. */
  readonly until?: string | undefined;
  /** Adds the gateway events that ended a session of the device; for category `session`. */
  readonly with?: "gateways" | undefined;
}

export function deviceEvents(id: string, query: HistoryQuery, signal?: AbortSignal): Promise<EventPage> {
  return get(`/devices/${encodeURIComponent(id)}/events`, { ...query }, signal);
}

export function categoryOf({ subject }: EventResource): string {
  return subject.split(".")[1] ?? "";
}

/** The device's time if plausible, otherwise the gateway's time. */
export function happened({ time, devicetime }: EventResource): Happened {
  return happenedAt(time, devicetime);
}
