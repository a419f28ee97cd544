import type { GatewayTrend, SystemResource } from "@fleetlog/protocol";
import { get } from "./api.ts";

export type { GatewayResource, GatewayTrend, SystemResource } from "@fleetlog/protocol";

export function getSystem(signal?: AbortSignal): Promise<SystemResource> {
  return get("/system", undefined, signal);
}

export async function getTrends(signal?: AbortSignal): Promise<readonly GatewayTrend[]> {
  return (await get<{ items: GatewayTrend[] }>("/system/trends", undefined, signal)).items;
}
