import { streamOf } from "@fleetlog/domain";
import { type LostEntry, lostPerson, type OpenIdPerson } from "@fleetlog/identity";
import { withoutRepeats } from "@fleetlog/log";
import type { Fleet } from "../dependencies/fleet.ts";
import { loadPerson } from "./decide.ts";
import { secondFactorOf } from "./second-factor/status.ts";

type Dependencies = Pick<Fleet, "log" | "people">;

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
export async function lostSecondFactor(
  fleet: Pick<Fleet, "log" | "secondFactors">,
  person: string,
): Promise<LostEntry | undefined> {
  if ((await secondFactorOf(fleet, person)).lost !== true) return undefined;
  return {
    id: person,
    why: "the person's second factor is on, but the store of second factors (KV_second-factors) has lost its entry; restore a backup, or turn the second factor off on the page People once you know who asks for it",
  };
}

/**
 * Why a passkey is refused, if the store of passkeys or of people has lost the person's entry. The log can't restore a
 * passkey: a removed passkey ends in the store before its event, and only the store has the counter that reveals a copy.
 */
export async function lostPasskeys(
  fleet: Dependencies & Pick<Fleet, "passkeys">,
  person: string,
): Promise<LostEntry | undefined> {
  if ((await loadPerson(fleet, person))?.status !== "active") return undefined;
  if ((await fleet.passkeys.isStored(person)) || (await recordedPasskeys(fleet, person)).size === 0)
    return lostPerson(fleet, person);
  return {
    id: person,
    why: "the person has passkeys, but the store of passkeys (KV_passkeys) has lost them; restore a backup, or let the person sign in another way and add their passkeys again",
  };
}

/** Ids of the passkeys that were added and not removed. */
async function recordedPasskeys({ log }: Pick<Fleet, "log">, person: string): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  const query = { stream: streamOf("person"), category: "person", entity: person } as const;
  for await (const event of withoutRepeats(log.read(query))) {
    if (event.type === "PersonPasskeyAdded") ids.add(event.data.passkey);
    if (event.type === "PersonPasskeyRemoved") ids.delete(event.data.passkey);
  }
  return ids;
}

/** Why an OpenID identity is refused, if the store of links has lost the link to its person. */
export async function lostForOpenId(
  fleet: Dependencies & Pick<Fleet, "openIds">,
  { email, issuer }: Pick<OpenIdPerson, "email" | "issuer">,
): Promise<LostEntry | undefined> {
  const person = email === undefined ? undefined : await fleet.people.find(email);
  if (person === undefined) return undefined;
  for (const { link, issuer: linked } of (await loadPerson(fleet, person))?.openIds ?? []) {
    if (linked !== issuer || (await fleet.openIds.isNoted(person, link))) continue;
    return {
      id: person,
      why: "the person signs in by this OpenID provider, but the store of these links (KV_open-ids) has lost the link; restore a backup, or let the person sign in another way and connect the provider again on the page Profile",
    };
  }
  return undefined;
}
