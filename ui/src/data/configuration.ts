import type {
  ConfigurationResource,
  ConfigurationRevision,
  ConfigurationRevisionPage,
  DeviceTypeBody,
  DeviceTypePage,
  DeviceTypeResource,
  GroupBody,
  GroupPage,
  GroupResource,
} from "@fleetlog/protocol";
import { call, get } from "./api.ts";

export type {
  ConfigurationResource,
  ConfigurationRevision,
  DeviceTypeBody,
  DeviceTypeResource,
  GroupBody,
  GroupResource,
} from "@fleetlog/protocol";

const PAGE = 200;
/** The gateway's limit for a page of revisions. */
export const MOST_REVISIONS = 100;
const configurationPath = (device: string): string => `/devices/${encodeURIComponent(device)}/configuration`;
/** The name of a type or group, and its account; default: the caller's. */
export interface DefinitionId {
  readonly name: string;
  readonly account?: string | undefined;
}

const typePath = ({ name }: DefinitionId): string => `/device-types/${encodeURIComponent(name)}`;
const groupPath = ({ name }: DefinitionId): string => `/groups/${encodeURIComponent(name)}`;
const ifMatch = (revision: number) => ({ "if-match": String(revision) });

export function getConfiguration(device: string, signal?: AbortSignal): Promise<ConfigurationResource> {
  return get(configurationPath(device), undefined, signal);
}

/**
 * @param revision the revision that the values were made from
 * @throws ApiError `precondition-failed`
 */
export function setConfiguration(device: string, values: object, revision: number): Promise<ConfigurationResource> {
  return call("PUT", configurationPath(device), { body: { values }, headers: ifMatch(revision) });
}

/** @param limit at most {@link MOST_REVISIONS} */
export function listRevisions(device: string, limit: number, signal?: AbortSignal): Promise<ConfigurationRevisionPage> {
  return get(`${configurationPath(device)}/revisions`, { limit }, signal);
}

export function restoreRevision(
  device: string,
  { revision }: Pick<ConfigurationRevision, "revision">,
  now: number,
): Promise<ConfigurationResource> {
  return call("POST", `${configurationPath(device)}/revisions/${revision}/restore`, { headers: ifMatch(now) });
}

export function listTypes(signal?: AbortSignal): Promise<DeviceTypePage> {
  return get("/device-types", { limit: PAGE }, signal);
}

export function getType(id: DefinitionId, signal?: AbortSignal): Promise<DeviceTypeResource> {
  return get(typePath(id), { account: id.account }, signal);
}

/** @param seq the `seq` that the caller has read; undefined for a new type */
export function putType(id: DefinitionId, body: DeviceTypeBody, seq?: number): Promise<DeviceTypeResource> {
  return call("PUT", typePath(id), {
    query: { account: id.account },
    body,
    ...(seq !== undefined && { headers: ifMatch(seq) }),
  });
}

export function deleteType(id: DefinitionId): Promise<void> {
  return call("DELETE", typePath(id), { query: { account: id.account } });
}

export function listGroups(signal?: AbortSignal): Promise<GroupPage> {
  return get("/groups", { limit: PAGE }, signal);
}

/** @param seq the `seq` that the caller has read; undefined for a new group */
export function putGroup(id: DefinitionId, body: GroupBody, seq?: number): Promise<GroupResource> {
  return call("PUT", groupPath(id), {
    query: { account: id.account },
    body,
    ...(seq !== undefined && { headers: ifMatch(seq) }),
  });
}

export function deleteGroup(id: DefinitionId): Promise<void> {
  return call("DELETE", groupPath(id), { query: { account: id.account } });
}
