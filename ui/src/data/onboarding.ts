import type {
  ChangeEnrolmentGroupBody,
  ClaimAnswer,
  ClaimBody,
  ClaimCodePage,
  CreatedEnrolmentGroup,
  CreateEnrolmentGroupBody,
  EnrolledDevicePage,
  EnrolmentGroupPage,
  EnrolmentGroupResource,
  ListClaimCodesQuery,
  ListEnrolledDevicesQuery,
  ListEnrolmentGroupsQuery,
  MadeClaimCodes,
  MakeClaimCodesBody,
  RotatedEnrolmentSecret,
} from "@fleetlog/protocol";
import { call, get, getTagged } from "./api.ts";

export type {
  ChangeEnrolmentGroupBody,
  ClaimAnswer,
  ClaimCodePage,
  ClaimCodeResource,
  CreateEnrolmentGroupBody,
  EnrolledDevice,
  EnrolledDevicePage,
  EnrolmentGroupPage,
  EnrolmentGroupResource,
  MadeClaimCodes,
  MakeClaimCodesBody,
} from "@fleetlog/protocol";

const MAKE_MS = 120_000;

const groupPath = (id: string): string => `/enrolment-groups/${encodeURIComponent(id)}`;

export function listEnrolmentGroups(
  query: ListEnrolmentGroupsQuery,
  signal?: AbortSignal,
): Promise<EnrolmentGroupPage> {
  return get("/enrolment-groups", { ...query }, signal);
}

/** The answer has the secret, which cannot be read again. */
export function createEnrolmentGroup(body: CreateEnrolmentGroupBody): Promise<CreatedEnrolmentGroup> {
  return call("POST", "/enrolment-groups", { body });
}

/** Resolves with the group and its ETag, which {@link changeEnrolmentGroup} takes. */
export function getEnrolmentGroup(
  id: string,
  signal?: AbortSignal,
): Promise<{ readonly data: EnrolmentGroupResource; readonly etag: string }> {
  return getTagged(groupPath(id), signal);
}

/**
 * @param etag of the group as the caller has read it: the change is refused if the group has changed since. Default: the
 * change is made in any case
 * @throws ApiError `precondition-failed`
 */
export function changeEnrolmentGroup(
  id: string,
  body: ChangeEnrolmentGroupBody,
  etag?: string,
): Promise<EnrolmentGroupResource> {
  return call("PATCH", groupPath(id), { body, ...(etag !== undefined && { headers: { "if-match": etag } }) });
}

export function listEnrolledDevices(
  id: string,
  query: ListEnrolledDevicesQuery,
  signal?: AbortSignal,
): Promise<EnrolledDevicePage> {
  return get(`${groupPath(id)}/devices`, { ...query }, signal);
}

/** Lets a device of the group enrol once more. */
export function reopenEnrolment(id: string, device: string): Promise<void> {
  return call("POST", `${groupPath(id)}/devices/${encodeURIComponent(device)}/reopen`);
}

export function endEnrolmentGroup(id: string): Promise<void> {
  return call("DELETE", groupPath(id));
}

/** @param overlap how long the earlier secret stays valid, such as `24h` */
export function rotateEnrolmentSecret(id: string, overlap?: string): Promise<RotatedEnrolmentSecret> {
  return call("POST", `${groupPath(id)}/token`, { body: overlap === undefined ? null : { overlap } });
}

export function listClaimCodes(query: ListClaimCodesQuery, signal?: AbortSignal): Promise<ClaimCodePage> {
  return get("/claim-codes", { ...query }, signal);
}

/** The answer has the codes, which cannot be read again. */
export function makeClaimCodes(body: MakeClaimCodesBody): Promise<MadeClaimCodes> {
  return call("POST", "/claim-codes", { body, timeoutMs: MAKE_MS });
}

export function revokeClaimCode(id: string): Promise<void> {
  return call("DELETE", `/claim-codes/${encodeURIComponent(id)}`);
}

export function claimDevice(body: ClaimBody): Promise<ClaimAnswer> {
  return call("POST", "/claims", { body });
}
