import { apiKeyDecider } from "@fleetlog/domain";
import { ApiKeys } from "@fleetlog/identity";
import type { Fleet } from "../fleet.ts";
import { loadFromLog } from "../writer/load.ts";
import { loadPerson } from "./decide.ts";
import { secondFactorOf } from "./second-factor/status.ts";

type Dependencies = Pick<Fleet, "log" | "people" | "apiKeys" | "secondFactors">;

/** An entry of a store that only damage of the store can have removed. */
export interface LostEntry {
  /** Id of the API key or the person. */
  readonly id: string;
  /** What is lost, and what to do. */
  readonly why: string;
}

/** Why an API key is refused, if the store of API keys or of people has lost an entry that it needs. */
export async function lostForKey(fleet: Dependencies, token: string): Promise<LostEntry | undefined> {
  const id = ApiKeys.idOf(token);
  if (id === undefined) return undefined;
  const { state } = await loadFromLog(fleet.log, apiKeyDecider, "person", id);
  if (state?.status !== "valid") return undefined;
  if (await fleet.apiKeys.isStored(id)) return lostPerson(fleet, state.createdBy);
  return {
    id,
    why: "the API key is valid, but the store of API keys (KV_api-keys) has lost it; make a new key, or restore a backup",
  };
}

/**
 * Why a log-in with a password is refused, if the store of people has lost an entry that it needs.
 * @param login email address or user name
 * @param maySearch whether all people may be searched for one of this login
 */
export async function lostForLogin(
  fleet: Dependencies,
  login: string,
  maySearch: () => boolean,
): Promise<LostEntry | undefined> {
  const found = await fleet.people.find(login);
  if (found !== undefined) return lostPerson(fleet, found);
  if (!maySearch()) return undefined;
  const id = await fleet.people.findInRecords(login);
  if (id === undefined) return undefined;
  return {
    id,
    why: "the store of people (KV_people) has lost the person's address or user name; restore a backup, or end the person and invite them again",
  };
}

/** Why the second step of a log-in is refused, if the store of second factors has lost the person's entry. */
export async function lostSecondFactor(fleet: Dependencies, person: string): Promise<LostEntry | undefined> {
  if ((await secondFactorOf(fleet, person)).lost !== true) return undefined;
  return {
    id: person,
    why: "the person's second factor is on, but the store of second factors (KV_second-factors) has lost its entry; restore a backup, or turn the second factor off on the page People once you know who asks for it",
  };
}

async function lostPerson(
  { log, people }: Pick<Dependencies, "log" | "people">,
  id: string,
): Promise<LostEntry | undefined> {
  if ((await people.statusOf(id)) !== undefined || (await loadPerson({ log }, id))?.status !== "active")
    return undefined;
  return {
    id,
    why: "the person may sign in, but the store of people (KV_people) has lost their entry; restore a backup, or invite them under another address",
  };
}
