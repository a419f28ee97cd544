import {
  type Action,
  authorityEntity,
  type CustomerAuthorityCommand,
  customerAuthorityDecider,
  FleetError,
  invalid,
  unknownAuthority,
} from "@fleetlog/domain";
import {
  authorize,
  type CustomerAuthorities,
  type FoundAuthority,
  mustPossess,
  type Possession,
  readAuthority,
  readRevocationList,
  scopeOf,
} from "@fleetlog/identity";
import { accountFor } from "../accounts/owner.ts";
import { APPEND_TIMEOUT_MS } from "../append-timeout.ts";
import { type Caller, metadataOf } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { butEnded } from "../not-recorded.ts";
import { isRecorded } from "../repeated.ts";
import { loadFromLog } from "../writer/load.ts";
import { authoritiesChanged } from "./changed.ts";
import { mustBeLimiting, mustBeOfCustomer } from "./checks.ts";

type Dependencies = Pick<Fleet, "log" | "bus" | "writer" | "views" | "accounts" | "authority" | "authorities">;

export interface AuthorityRequest {
  readonly name: string;
  /** PEM. */
  readonly certificate: string;
  /** From {@link registrationCode} for the same account. */
  readonly code: string;
  readonly possession: Possession;
  readonly account?: string | undefined;
  readonly group?: string | undefined;
}

/** Maximum numbers of authorities, because each node has all of them in memory. */
const MAX = { ofAccount: 64, inAll: 500 } as const;

/** A code to sign with the authority's key. @throws FleetError `account-unknown`, `forbidden` */
export async function registrationCode(
  { accounts, authorities }: Pick<Fleet, "accounts" | "authorities">,
  caller: Caller,
  named?: string,
): Promise<{ readonly code: string; readonly expiresAt: string }> {
  const account = managedAccount(caller, named);
  await accounts.get(account);
  const { code, until } = authorities.codes.make(account);
  return { code, expiresAt: new Date(until).toISOString() };
}

/**
 * Adds an authority for devices of the account. The event comes first; then certificates are accepted.
 * @throws FleetError `invalid-request` naming the refused field, `authority-exists`, `limit-reached`, `group-unknown`,
 * `account-unknown`, `forbidden`, `conflict`, `log-unavailable`, `log-full`
 */
export async function addAuthority(
  fleet: Dependencies,
  caller: Caller,
  { name, certificate, code, possession, account: named, group }: AuthorityRequest,
  now: number,
): Promise<FoundAuthority> {
  const { accounts, authority, authorities } = fleet;
  const account = managedAccount(caller, named);
  await accounts.get(account);
  const given = readAuthority(certificate, now);
  const { id, subject, fingerprint, notAfter } = given;
  const all = await authorities.all();
  if (await isRecorded(fleet, caller, ["account", authorityEntity(id), "AddAuthority"])) {
    const added = all.find((one) => one.id === id);
    if (added !== undefined) return added;
  }
  authorities.codes.mustBeOf(account, code);
  mustPossess(given, code, possession);
  await mustBeOfCustomer(authority, authorities, given);
  if (group !== undefined) await mustBeLimiting(fleet, group, account);
  if (all.some((one) => one.id === id)) throw existing();
  const ofAccount = all.filter((one) => one.account === account);
  if (ofAccount.length >= MAX.ofAccount || all.length >= MAX.inAll) {
    const most = `${MAX.ofAccount} certificate authorities in an account, and ${MAX.inAll} in all`;
    throw new FleetError("limit-reached", `at most ${most} are allowed`, {
      advice: "End one that is not used.",
    });
  }
  const scope = { account, ...(group !== undefined && { group }) };
  const added = { type: "AddAuthority", authority: id, name, ...scope, subject, fingerprint, notAfter } as const;
  await decideOn(fleet, caller, account, { ...added, by: caller.by });
  const stored = { name, ...scope, certificate: given.certificate.toString() };
  const record = { ...stored, addedAt: new Date(now).toISOString(), addedBy: caller.by };
  if (!(await authorities.add(id, record))) throw existing();
  authoritiesChanged(fleet);
  return { ...record, id, revision: 0 };
}

export async function listAuthorities(
  { authorities }: Pick<Fleet, "authorities">,
  caller: Caller,
): Promise<FoundAuthority[]> {
  const { accounts, tags } = scopeOf(caller.principal, "customer-authority.read");
  if (tags !== undefined) throw limited();
  const seen = (await authorities.all()).filter(({ account }) => accounts?.includes(account) !== false);
  return seen.sort((a, b) => (a.addedAt < b.addedAt ? -1 : a.addedAt > b.addedAt ? 1 : a.id < b.id ? -1 : 1));
}

/**
 * Ends an authority, and on every node the sessions of its certificates.
 * @throws FleetError `authority-unknown`, `forbidden`, `conflict`, `log-unavailable`, `log-full`
 */
export async function endAuthority(fleet: Dependencies, caller: Caller, id: string): Promise<void> {
  const account = await accountOf(fleet, caller, id);
  await fleet.authorities.end(id);
  authoritiesChanged(fleet);
  await decideOn(fleet, caller, account, { type: "EndAuthority", authority: id, by: caller.by }).catch(
    butEnded("Certificates of the authority are not accepted any more"),
  );
}

/**
 * Replaces the authority's revocation list. Certificates on the list end at once.
 * @throws FleetError `invalid-request` for a list that is older or not signed by the authority; `authority-unknown`,
 * `forbidden`, `conflict`, `log-unavailable`, `log-full`
 */
export async function replaceAuthorityList(
  fleet: Dependencies,
  caller: Caller,
  id: string,
  pem: string,
): Promise<FoundAuthority> {
  const account = await accountOf(fleet, caller, id);
  const { authorities } = fleet;
  const found = await authorities.find(id);
  if (found === undefined) throw unknownAuthority(id);
  const list = await readRevocationList(pem, found);
  if (found.list !== undefined && list.thisUpdate < found.list.thisUpdate) {
    throw invalid("list", `the list is refused: the stored list is newer (${found.list.thisUpdate})`);
  }
  if (found.list?.thisUpdate === list.thisUpdate) await mustHaveAll(authorities, found, list.serials);
  if (!(await authorities.setList(found, list))) throw changedMeanwhile();
  authoritiesChanged(fleet);
  const { serials, nextUpdate, thisUpdate } = list;
  const data = { authority: id, revoked: serials.length, ...(nextUpdate !== undefined && { nextUpdate }) };
  await decideOn(fleet, caller, account, { type: "ReplaceAuthorityList", ...data, by: caller.by }).catch(
    butEnded("The certificates on the list are not accepted any more"),
  );
  const kept = { revoked: serials.length, thisUpdate, ...(nextUpdate !== undefined && { nextUpdate }) };
  return { ...found, list: kept };
}

/** If two lists are of the same second, neither is newer. So the new list must have all entries of the stored list. */
async function mustHaveAll(
  authorities: Pick<CustomerAuthorities, "revoked">,
  found: FoundAuthority,
  serials: readonly string[],
): Promise<void> {
  const present = await authorities.revoked(found);
  if (present === undefined) throw changedMeanwhile();
  const missing = [...present].filter((serial) => !serials.includes(serial)).length;
  if (missing === 0) return;
  throw invalid(
    "list",
    `the list is refused: it lacks ${missing} certificates of the stored list, which has the same date`,
  );
}

function changedMeanwhile(): FleetError {
  return new FleetError("conflict", "the authority was changed meanwhile", { advice: "Try again." });
}

/** @throws FleetError `authority-unknown`, `forbidden` */
async function accountOf({ log }: Dependencies, caller: Caller, id: string): Promise<string> {
  mustManage(caller, "customer-authority.manage");
  const { state } = await loadFromLog(log, customerAuthorityDecider, "account", authorityEntity(id));
  if (state?.status !== "valid") throw unknownAuthority(id);
  const { accounts } = scopeOf(caller.principal, "customer-authority.manage");
  if (accounts?.includes(state.account) === false) throw unknownAuthority(id);
  return state.account;
}

function managedAccount(caller: Caller, named: string | undefined): string {
  mustManage(caller, "customer-authority.manage");
  return accountFor(caller, "customer-authority.manage", named);
}

/** An authority concerns all devices of an account, so callers who are limited to tags are refused. */
function mustManage({ principal }: Caller, action: Action): void {
  authorize(principal, action, { kind: "fleet" });
  if (scopeOf(principal, action).tags !== undefined) throw limited();
}

function limited(): FleetError {
  return new FleetError("forbidden", "this concerns all devices of the account, and your access is limited to some");
}

function existing(): FleetError {
  return new FleetError("authority-exists", "this authority is known already", { field: "certificate" });
}

function decideOn(
  { log, writer }: Pick<Fleet, "log" | "writer">,
  caller: Caller,
  account: string,
  command: CustomerAuthorityCommand,
) {
  const entity = authorityEntity(command.authority);
  return writer.record({
    decider: customerAuthorityDecider,
    load: () => loadFromLog(log, customerAuthorityDecider, "account", entity),
    command,
    entity,
    metadata: { ...metadataOf(caller, [entity, command.type]), account },
    timeoutMs: APPEND_TIMEOUT_MS,
  });
}
