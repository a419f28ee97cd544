import type { ScanPage, ScanResource, ScanTarget } from "@fleetlog/protocol";
import { call, get } from "./api.ts";
import { type DevicePage, listDevices } from "./devices.ts";

export type { ScanPage, ScanResource, ScanTarget } from "@fleetlog/protocol";

export interface StartedScan {
  readonly id: string;
  readonly account: string;
}

export function listScans(limit: number, signal?: AbortSignal): Promise<ScanPage> {
  return get("/scans", { limit }, signal);
}

export function getScan(id: string, signal?: AbortSignal): Promise<ScanResource> {
  return get(`/scans/${encodeURIComponent(id)}`, {}, signal);
}

/** A scan to start. Without an account, it is in the caller's own account. */
export interface ScanRequest {
  readonly to: ScanTarget;
  readonly catalogue?: string;
  readonly account?: string | undefined;
}

export function startScan({ account, ...body }: ScanRequest): Promise<StartedScan> {
  return call("POST", "/scans", { body: { ...body, ...(account !== undefined && { account }) } });
}

/** How many devices a scan has in all; undefined if the caller does not see its target. */
export async function devicesOf({ to, account }: ScanResource, signal?: AbortSignal): Promise<number | undefined> {
  if (to === undefined) return undefined;
  if ("devices" in to) return to.devices.length;
  const query = "group" in to ? { group: to.group } : to.filter;
  const page: DevicePage = await listDevices({ ...query, account, limit: 1 }, signal);
  return page.total;
}
