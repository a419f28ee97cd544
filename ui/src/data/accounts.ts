import type { AccountList, AccountResource, ChangeAccountBody, CreateAccountBody } from "@fleetlog/protocol";
import { call, get } from "./api.ts";

export type { AccountList, AccountResource, CreateAccountBody } from "@fleetlog/protocol";

/** All accounts, `main` first, with the limits of accounts of people who sign up. For administrators. */
export function listAccounts(signal?: AbortSignal): Promise<AccountList> {
  return get("/accounts", undefined, signal);
}

/** @throws ApiError `account-exists` */
export function createAccount(body: CreateAccountBody): Promise<AccountResource> {
  return call("POST", "/accounts", { body });
}

export function changeAccount(id: string, body: ChangeAccountBody): Promise<AccountResource> {
  return call("PATCH", `/accounts/${encodeURIComponent(id)}`, { body });
}
