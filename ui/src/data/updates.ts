import type { ScanPage, UpdateState, UpdatesPage, UpdatesResource } from "@fleetlog/protocol";
import { call, get } from "./api.ts";

export type { FoundUpdate, UpdateState, UpdatesResource } from "@fleetlog/protocol";
export type UpdatesList = UpdatesPage;
export type ScanList = ScanPage;

export interface UpdatesFilter {
  readonly state?: UpdateState;
  readonly package?: string;
}

export function listUpdates(filter: UpdatesFilter, signal?: AbortSignal): Promise<UpdatesList> {
  return get<UpdatesList>("/updates", { ...filter, limit: 200 }, signal);
}

/** Undefined: no scan has looked at the device. */
export async function updatesOf(device: string, signal?: AbortSignal): Promise<UpdatesResource | null> {
  return (await get<UpdatesList>("/updates", { device, limit: 1 }, signal)).items[0] ?? null;
}

export function newestScans(signal?: AbortSignal): Promise<ScanList> {
  return get<ScanList>("/scans", { limit: 1 }, signal);
}

export function startScan(to: { readonly devices: readonly string[] } | { readonly filter: object }): Promise<void> {
  return call("POST", "/scans", { body: { to } });
}
