import { randomUUID } from "node:crypto";
import { FleetError, type OpenIdLink, type PersonState, unknownPerson } from "@fleetlog/domain";
import type { OpenIdPerson, PersonProof } from "@fleetlog/identity";
import type { Caller } from "../../caller.ts";
import type { Fleet } from "../../dependencies/fleet.ts";
import { decideOn, loadPerson } from "../decide.ts";
import { ownCaller, ownState, recordSignIn } from "../own.ts";
import { bindOpenId, hasEnded, linkedEvent } from "./sign-in.ts";

type Dependencies = Pick<Fleet, "log" | "writer" | "people" | "openIds">;

/** @throws FleetError `person-unknown` for a caller who is no person */
export async function ownOpenIds(fleet: Dependencies, caller: Caller): Promise<readonly OpenIdLink[]> {
  return (await ownState(fleet, caller)).openIds ?? [];
}

/** A proof for {@link connectOpenId} when the browser comes back. @throws FleetError `person-unknown` */
export async function beginToConnectOpenId(fleet: Dependencies, caller: Caller): Promise<PersonProof> {
  const { id } = await ownState(fleet, caller);
  const proof = await fleet.people.proofOf(id);
  if (proof === undefined) throw unknownPerson(id);
  return proof;
}

/**
 * Connects an identity, by which the person can then sign in. A repeated call changes nothing.
 * @param proof of {@link beginToConnectOpenId}; must still be valid
 * @throws FleetError `person-ended`, `person-exists` for another person's identity
 */
export async function connectOpenId(
  fleet: Dependencies,
  proof: PersonProof,
  { key, issuer }: Pick<OpenIdPerson, "key" | "issuer">,
  correlationid: string,
): Promise<void> {
  const { person } = proof;
  const state = await loadPerson(fleet, person);
  if (state === undefined || (await fleet.people.verify(proof)) === undefined) {
    throw new FleetError("person-ended", "your sign-in or your access has ended", {
      advice: "Sign in and begin again, or ask an administrator.",
    });
  }
  const link = randomUUID();
  const bound = await bindOpenId(fleet, key, person, link);
  const known = bound ? { person, link } : await fleet.openIds.find(key);
  if (known?.person !== person) {
    throw new FleetError("person-exists", "somebody else signs in by this identity");
  }
  if (hasEnded(state, known)) {
    await fleet.openIds.unbind(person, known.link, key);
    return connectOpenId(fleet, proof, { key, issuer }, correlationid);
  }
  if (known.link === undefined || state.openIds?.some((one) => one.link === known.link)) return;
  await recordSignIn(fleet, ownCaller({ correlationid }, person), state, linkedEvent(person, issuer, known.link));
}

/** @throws FleetError `person-unknown`, `last-sign-in` if the caller could not sign in any more */
export async function disconnectOpenId(fleet: Dependencies, caller: Caller, link: string): Promise<void> {
  const { id, account } = await ownState(fleet, caller);
  const otherWays = await hasOtherWays(fleet, id);
  await decideOn(fleet, caller, account, { type: "DisconnectOpenId", person: id, by: caller.by, link, otherWays });
  await fleet.openIds.unbind(id, link);
}

function hasOtherWays({ people }: Dependencies, id: PersonState["id"]): Promise<boolean> {
  return people.hasPassword(id);
}
