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
const configurationOf = (device: string): string => `/devices/${encodeURIComponent(device)}/configuration`;
/** The name of a type or group, and its account; default: the caller's. */
export interface DefinitionId {
  readonly name: string;
  readonly account?: string | undefined;
}

const typeOf = ({ name }: DefinitionId): string => `/device-types/${encodeURIComponent(name)}`;
const groupOf = ({ name }: DefinitionId): string => `/groups/${encodeURIComponent(name)}`;
const ifMatch = (revision: number) => ({ "if-match": String(revision) });

export function getConfiguration(device: string, signal?: AbortSignal): Promise<ConfigurationResource> {
  return get(configurationOf(device), undefined, signal);
}

/**
 * @param revision the revision that the values were made from
 * @throws ApiError `precondition-failed`
 */
export function setConfiguration(device: string, values: object, revision: number): Promise<ConfigurationResource> {
  return call("PUT", configurationOf(device), { body: { values }, headers: ifMatch(revision) });
}

export function listRevisions(
  device: string,
  cursor?: string,
  signal?: AbortSignal,
): Promise<ConfigurationRevisionPage> {
  return get(`${configurationOf(device)}/revisions`, { limit: 10, cursor }, signal);
}

export function restoreRevision(
  device: string,
  { revision }: Pick<ConfigurationRevision, "revision">,
  now: number,
): Promise<ConfigurationResource> {
  return call("POST", `${configurationOf(device)}/revisions/${revision}/restore`, { headers: ifMatch(now) });
}

export function listTypes(signal?: AbortSignal): Promise<DeviceTypePage> {
  return get("/device-types", { limit: PAGE }, signal);
}

export function getType(id: DefinitionId, signal?: AbortSignal): Promise<DeviceTypeResource> {
  return get(typeOf(id), { account: id.account }, signal);
}

/** @param seq the `seq` that the caller has read; undefined for a new type */
export function putType(id: DefinitionId, body: DeviceTypeBody, seq?: number): Promise<DeviceTypeResource> {
  return call("PUT", typeOf(id), {
    query: { account: id.account },
    body,
    ...(seq !== undefined && { headers: ifMatch(seq) }),
  });
}

export function deleteType(id: DefinitionId): Promise<void> {
  return call("DELETE", typeOf(id), { query: { account: id.account } });
}

export function listGroups(signal?: AbortSignal): Promise<GroupPage> {
  return get("/groups", { limit: PAGE }, signal);
}

/** @param seq the `seq` that the caller has read; undefined for a new group */
export function putGroup(id: DefinitionId, body: GroupBody, seq?: number): Promise<GroupResource> {
  return call("PUT", groupOf(id), {
    query: { account: id.account },
    body,
    ...(seq !== undefined && { headers: ifMatch(seq) }),
  });
}

export function deleteGroup(id: DefinitionId): Promise<void> {
  return call("DELETE", groupOf(id), { query: { account: id.account } });
}
