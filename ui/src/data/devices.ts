import type {
  ChangeDeviceBody,
  DeviceDetail,
  DevicePage,
  DeviceResource,
  DeviceStatus,
  FleetSummary,
  ListDevicesQuery,
  RegisterDeviceBody,
  RegisteredDevice,
} from "@fleetlog/protocol";
import { call, get } from "./api.ts";
import { chunks } from "./chunks.ts";

export type {
  DeviceDetail,
  DeviceOrder,
  DevicePage,
  DeviceResource,
  DeviceSortKey,
  DeviceStatus,
  Evidence,
  FleetSummary,
  ListDevicesQuery,
  RegisterDeviceBody,
  RegisteredDevice,
} from "@fleetlog/protocol";

export const DEVICE_STATUSES = [
  "connected",
  "disconnected",
  "never-connected",
  "retired",
] as const satisfies readonly DeviceStatus[];

export const MAX_ROWS = 500;

const pathOf = (id: string): string => `/devices/${encodeURIComponent(id)}`;

/** `at` is a moment of the past (RFC 3339 or a FLEET sequence): the list is then as of that moment. */
export type DevicesQuery = ListDevicesQuery & { readonly at?: string };

export function listDevices(query: DevicesQuery, signal?: AbortSignal): Promise<DevicePage> {
  return get(query.at === undefined ? "/devices" : "/history/devices", query as Record<string, string>, signal);
}

/** Rows of these devices as in lists, including retired devices; omits unknown ids. */
export async function deviceRows(ids: readonly string[], signal?: AbortSignal): Promise<readonly DeviceResource[]> {
  const rows: DeviceResource[] = [];
  for (const part of chunks(ids, MAX_ROWS)) {
    const { items } = await get<{ items: DeviceResource[] }>("/devices/rows", { ids: part.join(",") }, signal);
    rows.push(...items);
  }
  return rows;
}

/** Matching devices by status; `total` excludes retired devices. */
export type StatusCount = Pick<FleetSummary, "total" | "byStatus">;

export async function countDevices(query: DevicesQuery, signal?: AbortSignal): Promise<StatusCount> {
  const { byStatus = {} } = await listDevices({ ...query, limit: 1, counts: true }, signal);
  const { retired: _, ...others }: Readonly<Record<string, number>> = { ...byStatus };
  return { byStatus: { ...byStatus }, total: Object.values(others).reduce((sum, count) => sum + count, 0) };
}

export function fleetSummary(signal?: AbortSignal): Promise<FleetSummary> {
  return get("/devices/summary", undefined, signal);
}

export function getDevice(id: string, signal?: AbortSignal): Promise<DeviceDetail> {
  return get(pathOf(id), undefined, signal);
}

/**
 * The answer has the device's token, which cannot be read again.
 * @throws ApiError `device-exists`
 */
export function registerDevice(body: RegisterDeviceBody): Promise<RegisteredDevice> {
  return call("POST", "/devices", { body });
}

export function changeDevice(id: string, body: ChangeDeviceBody): Promise<DeviceDetail> {
  return call("PATCH", pathOf(id), { body });
}

/** The old token and the device's session end at once. */
export function rotateToken(id: string): Promise<{ token: string }> {
  return call("POST", `${pathOf(id)}/token`);
}

/** Ends the device's session and credentials; its history stays. */
export function retireDevice(id: string): Promise<void> {
  return call("DELETE", pathOf(id));
}
