import { type Action, MAIN_ACCOUNT } from "@fleetlog/domain";
import { authorize } from "@fleetlog/identity";
import type { Caller } from "../caller.ts";

/**
 * The account that will own what the caller creates: the one that the request names, or else the caller's.
 * @throws FleetError `account-unknown` if that account is out of the caller's scope
 */
export function accountFor({ principal }: Caller, action: Action, named: string | undefined): string {
  const account = named ?? ownAccount(principal);
  authorize(principal, action, { kind: "account", id: account });
  return account;
}

/** The account of a caller who names none. */
export function ownAccount(principal: Caller["principal"]): string {
  if (principal.kind !== "person") return MAIN_ACCOUNT;
  return principal.account ?? principal.scope?.accounts?.[0] ?? MAIN_ACCOUNT;
}
