import type {
  CreatedProvisionRequest,
  CreateProvisionRequestBody,
  ListProvisionRequestsQuery,
  NewActivationKey,
  ProvisionRequestDetail,
  ProvisionRequestPage,
  ProvisionRequestResource,
} from "@fleetlog/protocol";
import { call, get } from "./api.ts";

export type {
  CreatedProvisionRequest,
  CreateProvisionRequestBody,
  ListProvisionRequestsQuery,
  ProvisionRequestDetail,
  ProvisionRequestPage,
  ProvisionRequestResource,
} from "@fleetlog/protocol";

export type ProvisionState = ProvisionRequestResource["state"];

const pathOf = (id: string): string => `/provision-requests/${encodeURIComponent(id)}`;

/** In the order of a request that succeeds. `stops`: an operator can stop the request. */
const STATES: Readonly<Record<ProvisionState, "open" | "stops" | "ended">> = {
  CREATED: "stops",
  STARTED: "stops",
  RUNNING: "stops",
  CONF_UPDATING: "stops",
  CONF_UPDATED: "open",
  APPS_INSTALLING: "stops",
  APPS_INSTALLED: "open",
  COMPLETED: "ended",
  FAILED: "open",
  SKIPPED: "ended",
  STOPPING: "open",
  STOPPED: "ended",
  ABANDONED: "ended",
};
export const PROVISION_STATES = Object.keys(STATES) as readonly ProvisionState[];

export function hasEnded({ state }: Pick<ProvisionRequestResource, "state">): boolean {
  return STATES[state] === "ended";
}

export function canStop({ state }: Pick<ProvisionRequestResource, "state">): boolean {
  return STATES[state] === "stops";
}

export function listProvisionRequests(
  query: ListProvisionRequestsQuery,
  signal?: AbortSignal,
): Promise<ProvisionRequestPage> {
  return get("/provision-requests", { ...query }, signal);
}

export function getProvisionRequest(id: string, signal?: AbortSignal): Promise<ProvisionRequestDetail> {
  return get(pathOf(id), undefined, signal);
}

/** The answer has the password and the activation key, which cannot be read again. */
export function createProvisionRequest(body: CreateProvisionRequestBody): Promise<CreatedProvisionRequest> {
  return call("POST", "/provision-requests", { body });
}

export function stopProvisionRequest(id: string): Promise<ProvisionRequestResource> {
  return call("POST", `${pathOf(id)}/stop`);
}

/** The earlier key ends at once. */
export async function renewActivationKey(id: string): Promise<string> {
  return (await call<NewActivationKey>("POST", `${pathOf(id)}/activation-key`)).activationKey;
}
