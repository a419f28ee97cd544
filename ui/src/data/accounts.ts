import type { AccountList, AccountResource, ChangeAccountBody, CreateAccountBody } from "@fleetlog/protocol";
import { call, get } from "./api.ts";

export type { AccountResource, CreateAccountBody } from "@fleetlog/protocol";

/** All accounts, `main` first. For administrators. */
export async function listAccounts(signal?: AbortSignal): Promise<readonly AccountResource[]> {
  return (await get<AccountList>("/accounts", undefined, signal)).items;
}

/** @throws ApiError `account-exists` */
export function createAccount(body: CreateAccountBody): Promise<AccountResource> {
  return call("POST", "/accounts", { body });
}

export function changeAccount(id: string, body: ChangeAccountBody): Promise<AccountResource> {
  return call("PATCH", `/accounts/${encodeURIComponent(id)}`, { body });
}
