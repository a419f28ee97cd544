// This file has no schemas, because the pages load it.
import type { Category, DeviceCategory } from "@fleetlog/domain";

/** The same list as in @fleetlog/domain, of which this package imports only types. */
export const DEVICE_CATEGORIES = [
  "device",
  "session",
  "event",
  "command",
  "update",
  "configuration",
  "alarm",
  "telemetry",
] as const satisfies readonly DeviceCategory[];

export const EVENT_CATEGORIES = [
  ...DEVICE_CATEGORIES,
  "provisioning",
  "rollout",
  "artifact",
  "person",
  "account",
  "type",
  "group",
  "gateway",
  "channel",
  "catalogue",
  "scan",
  "access",
  "delivery",
] as const satisfies readonly Category[];

/** Does not compile if a list lacks a category. */
type Complete<Missing extends never> = Missing;
export type NoCategoryIsMissing = Complete<
  Exclude<DeviceCategory, (typeof DEVICE_CATEGORIES)[number]> | Exclude<Category, (typeof EVENT_CATEGORIES)[number]>
>;
