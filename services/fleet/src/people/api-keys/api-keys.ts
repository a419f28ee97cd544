import {
  type ApiKeyCommand,
  apiKeyDecider,
  FleetError,
  invalid,
  isAtLeast,
  type Person,
  type Role,
  unknownApiKey,
  WHOLE_FLEET,
} from "@fleetlog/domain";
import { type ApiKey, authorize } from "@fleetlog/identity";
import { accountFor } from "../../accounts/owner.ts";
import { APPEND_TIMEOUT_MS } from "../../append-timeout.ts";
import { type Caller, metadataOf } from "../../caller.ts";
import type { Fleet } from "../../dependencies/fleet.ts";
import { butEnded } from "../../not-recorded.ts";
import { newBytes } from "../../repeated.ts";
import { loadFromLog } from "../../writer/load.ts";
import { endingAccess } from "../access-ended.ts";

type Dependencies = Pick<Fleet, "log" | "bus" | "writer" | "accounts" | "people" | "apiKeys">;

export interface ApiKeyRequest {
  readonly name: string;
  readonly role: Role;
  readonly tags?: readonly string[] | undefined;
  readonly account?: string | undefined;
  /** RFC 3339. */
  readonly expiresAt?: string | undefined;
}

/**
 * Makes an API key, which has at most the rights of the caller.
 * @throws FleetError `invalid-request`, `account-unknown`, `person-ended`, `forbidden` for a role or tags that the
 * caller does not have
 */
export async function createApiKey(
  fleet: Dependencies,
  caller: Caller,
  { name, role, tags: asked, account: named, expiresAt }: ApiKeyRequest,
  now: number,
): Promise<{ readonly key: string; readonly apiKey: ApiKey }> {
  const { accounts, people, apiKeys } = fleet;
  const person = personOf(caller);
  if (person.apiKey !== undefined) {
    throw new FleetError("forbidden", "an API key may not make API keys", { advice: "Sign in as a person." });
  }
  const account = accountFor(caller, "api-key.manage", named);
  if (!isAtLeast(person.role, role)) {
    throw new FleetError("forbidden", `only somebody with the role ${role} or more may do this`, { field: "role" });
  }
  const own = person.scope?.tags;
  const tags = asked ?? own;
  const foreign = tags?.find((tag) => own?.includes(tag) === false);
  if (foreign !== undefined)
    throw new FleetError("forbidden", `you have no access to the tag ${foreign}`, { field: "tags" });
  const until = expiresAt === undefined ? undefined : Date.parse(expiresAt);
  if (until !== undefined && !(until > now)) throw invalid("expiresAt", "expiresAt must be a time in the future");
  await accounts.get(account);
  const made = apiKeys.make([newBytes(caller, "API key"), newBytes(caller, "secret of the API key")]);
  const access = { name, role, account, ...(tags !== undefined && { tags }) };
  const created: ApiKeyCommand = {
    type: "CreateApiKey",
    key: made.id,
    ...access,
    ...(until !== undefined && { expiresAt: new Date(until).toISOString() }),
    by: caller.by,
  };
  await decideOn(fleet, caller, account, created);
  const kept = { ...access, owner: caller.by, ...(until !== undefined && { until }) };
  // In a repeated run the key is there already, or was revoked.
  await apiKeys.add(made, kept);
  if ((await people.statusOf(caller.by)) === "ended") {
    await revoke(fleet, caller, { id: made.id, account }, { reason: "person-ended" });
    throw new FleetError("person-ended", "your access has ended");
  }
  return { key: made.key, apiKey: { id: made.id, ...kept, createdAt: caller.repeatable?.since ?? now } };
}

/** The caller's keys, or the API key itself; for owners and administrators also those of their account. */
export async function listApiKeys({ apiKeys }: Pick<Fleet, "apiKeys">, caller: Caller): Promise<ApiKey[]> {
  authorize(caller.principal, "api-key.read", WHOLE_FLEET);
  return (await apiKeys.list()).filter((key) => mayManage(personOf(caller), key));
}

/**
 * Ends the key's access on every node, even if the log then refuses the event; a repeated call records it.
 * @throws FleetError `api-key-unknown` also for a key that the caller may not see, `log-unavailable`, `log-full`
 */
export async function revokeApiKey(fleet: Dependencies, caller: Caller, id: string): Promise<void> {
  authorize(caller.principal, "api-key.manage", WHOLE_FLEET);
  const { state } = await loadFromLog(fleet.log, apiKeyDecider, "person", id);
  if (state === undefined || !mayManage(personOf(caller), { ...state, id, owner: state.createdBy }))
    throw unknownApiKey(id);
  await revoke(fleet, caller, { id, account: state.account });
}

/** Ends the keys of a person who has ended. */
export async function endApiKeysOf(fleet: Parameters<typeof revoke>[0], caller: Caller, owner: string): Promise<void> {
  for (const key of await fleet.apiKeys.list())
    if (key.owner === owner) await revoke(fleet, caller, key, { reason: "person-ended" });
}

async function revoke(
  fleet: Pick<Dependencies, "log" | "bus" | "writer" | "apiKeys">,
  caller: Caller,
  { id, account }: Pick<ApiKey, "id" | "account">,
  why: { readonly reason?: "person-ended" } = {},
): Promise<void> {
  await endingAccess(fleet, id, () => fleet.apiKeys.revoke(id));
  await decideOn(fleet, caller, account, { type: "RevokeApiKey", key: id, ...why, by: caller.by }).catch(
    butEnded(`The API key ${id} is not valid any more`),
  );
}

function personOf({ principal }: Caller): Person {
  if (principal.kind === "person") return principal;
  throw new FleetError("forbidden", "only people have API keys");
}

/** An API key has none of its maker's rights over other keys: it may be limited to another account or to tags. */
function mayManage({ id, role, scope }: Person, key: Pick<ApiKey, "id" | "owner" | "account" | "role">): boolean {
  if (key.owner === id || key.id === id) return true;
  const manages = isAtLeast(role, "owner") && scope?.tags === undefined && isAtLeast(role, key.role);
  return manages && scope?.accounts?.includes(key.account) !== false;
}

function decideOn(
  { log, writer }: Pick<Fleet, "log" | "writer">,
  caller: Caller,
  account: string,
  command: ApiKeyCommand,
) {
  return writer.record({
    decider: apiKeyDecider,
    load: () => loadFromLog(log, apiKeyDecider, "person", command.key),
    command,
    entity: command.key,
    metadata: { ...metadataOf(caller, [command.key, command.type]), account },
    timeoutMs: APPEND_TIMEOUT_MS,
  });
}
