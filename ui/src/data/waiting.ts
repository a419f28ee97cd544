import type { AdmittedDevice, AdmitWaitingBody, WaitingList } from "@fleetlog/protocol";
import { call, get } from "./api.ts";

export type { AdmitWaitingBody, WaitingClient, WaitingList } from "@fleetlog/protocol";

export function listWaiting(signal?: AbortSignal): Promise<WaitingList> {
  return get("/waiting", {}, signal);
}

export function admitWaiting(id: string, body: AdmitWaitingBody): Promise<AdmittedDevice> {
  return call("POST", `/waiting/${encodeURIComponent(id)}/admit`, { body });
}
