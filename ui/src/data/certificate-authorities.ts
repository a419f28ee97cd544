import type { AddAuthorityBody, AuthorityList, AuthorityResource, RegistrationCode } from "@fleetlog/protocol";
import { call, get } from "./api.ts";

export type { AddAuthorityBody, AuthorityResource, RegistrationCode } from "@fleetlog/protocol";

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
