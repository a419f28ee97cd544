import type { SystemResource } from "@fleetlog/protocol";
import { get } from "./api.ts";

export type { GatewayResource, SystemResource } from "@fleetlog/protocol";

export function getSystem(signal?: AbortSignal): Promise<SystemResource> {
  return get("/system", undefined, signal);
}
