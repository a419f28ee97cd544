import { type Action, MAIN_ACCOUNT } from "@fleetlog/domain";
import { authorize } from "@fleetlog/identity";
import type { Caller } from "../caller.ts";

/**
 * The account of what the caller creates: the named account, or the caller's.
 * @throws FleetError `account-unknown` for an account outside the caller's scope
 */
export function accountFor({ principal }: Caller, action: Action, named: string | undefined): string {
  const account = named ?? ownAccount(principal);
  authorize(principal, action, { kind: "account", id: account });
  return account;
}

export function ownAccount(principal: Caller["principal"]): string {
  if (principal.kind !== "person") return MAIN_ACCOUNT;
  return principal.account ?? principal.scope?.accounts?.[0] ?? MAIN_ACCOUNT;
}
