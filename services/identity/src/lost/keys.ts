import { type AnyBody, apiKeyDecider, type Decider, personDecider } from "@fleetlog/domain";
import { type EventLog, withoutRepeats } from "@fleetlog/log";
import { ApiKeys } from "../people/api-keys/api-keys.ts";
import type { People } from "../people/people.ts";
import type { LostEntry } from "./entry.ts";

export interface PeopleAndLog {
  readonly log: Pick<EventLog, "read">;
  readonly people: Pick<People, "statusOf">;
}

/** Why an API key is refused, if the store of API keys or of people has lost an entry that it needs. */
export async function lostForKey(
  { apiKeys, ...others }: PeopleAndLog & { readonly apiKeys: Pick<ApiKeys, "isStored"> },
  token: string,
): Promise<LostEntry | undefined> {
  const id = ApiKeys.idOf(token);
  return id === undefined ? undefined : lostForKeyId({ apiKeys, ...others }, id);
}

/** As {@link lostForKey}. @param id of the API key */
export async function lostForKeyId(
  { log, people, apiKeys }: PeopleAndLog & { readonly apiKeys: Pick<ApiKeys, "isStored"> },
  id: string,
): Promise<LostEntry | undefined> {
  const state = await folded(log, apiKeyDecider, id);
  if (state?.status !== "valid") return undefined;
  if (await apiKeys.isStored(id)) return lostPerson({ log, people }, state.createdBy);
  return {
    id,
    why: "the API key is valid, but the store of API keys (KV_api-keys) has lost it; make a new key, or restore a backup",
  };
}

/** Why an active person is refused, if the store of people has lost their entry. */
export async function lostPerson({ log, people }: PeopleAndLog, id: string): Promise<LostEntry | undefined> {
  if ((await people.statusOf(id)) !== undefined) return undefined;
  if ((await folded(log, personDecider, id))?.status !== "active") return undefined;
  return {
    id,
    why: "the person may sign in, but the store of people (KV_people) has lost their entry; restore a backup, or give them a link for a new password on the page People",
  };
}

async function folded<State>(
  log: PeopleAndLog["log"],
  decider: Pick<Decider<State, unknown, AnyBody>, "initial" | "evolve">,
  entity: string,
): Promise<State> {
  let state = decider.initial;
  for await (const event of withoutRepeats(log.read({ stream: "FLEET", category: "person", entity })))
    state = decider.evolve(state, event);
  return state;
}
