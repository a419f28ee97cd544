import type {
  AddAuthorityBody,
  AuthorityList,
  AuthorityResource,
  IssuingAuthority,
  IssuingAuthorityList,
  RegistrationCode,
} from "@fleetlog/protocol";
import { call, get } from "./api.ts";

export type { AddAuthorityBody, AuthorityResource, IssuingAuthority, RegistrationCode } from "@fleetlog/protocol";

const PATH = "/certificate-authorities";

export async function listAuthorities(signal?: AbortSignal): Promise<readonly AuthorityResource[]> {
  return (await get<AuthorityList>(PATH, {}, signal)).items;
}

export function createRegistrationCode(): Promise<RegistrationCode> {
  return call("POST", `${PATH}/codes`);
}

export function addAuthority(body: AddAuthorityBody): Promise<AuthorityResource> {
  return call("POST", PATH, { body });
}

export function replaceRevocationList(id: string, list: string): Promise<AuthorityResource> {
  return call("PUT", `${PATH}/${id}/revocation-list`, { body: { list } });
}

export function endAuthority(id: string): Promise<void> {
  return call("DELETE", `${PATH}/${id}`);
}

/** Issuing certificates of the installation's authority. For administrators. */
export async function listIssuing(signal?: AbortSignal): Promise<readonly IssuingAuthority[]> {
  return (await get<IssuingAuthorityList>("/authority/issuers", {}, signal)).items;
}

/** Needs a recent proof of the person's identity. */
export function withdrawIssuing(fingerprint: string): Promise<void> {
  return call("POST", `/authority/issuers/${fingerprint}/withdraw`);
}
