import { FleetError, type PersonState, unknownPerson } from "@fleetlog/domain";
import type { FoundCode, PersonProof } from "@fleetlog/identity";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../fleet.ts";
import { accessEnded } from "./access-ended.ts";
import { ensureOwnAccount } from "./account.ts";
import { decideOn, loadPerson } from "./decide.ts";
import { type Origin, ownCaller, withPassword } from "./own.ts";

type Dependencies = Pick<Fleet, "log" | "bus" | "writer" | "people" | "codes" | "ownLimits">;

export function wrongCode(): FleetError {
  return new FleetError("unauthenticated", "this code is not valid", {
    field: "code",
    advice: "A code works once and for a limited time; ask for a new one.",
  });
}

/**
 * Sets a password by a code, confirms the person, and ends their sign-ins. The code ends last, so that an interrupted
 * call can be repeated.
 * @throws FleetError `invalid-request`, `unauthenticated` for a wrong code or address
 */
export async function resetPassword(
  fleet: Dependencies,
  origin: Origin,
  { email, code, password }: { readonly email: string; readonly code: string; readonly password: string },
): Promise<void> {
  fleet.people.checkPassword(password);
  const found = await fleet.codes.find(await fleet.people.find(email), ["reset", "invitation"], code);
  if (found === undefined) throw wrongCode();
  const hashed = await fleet.people.hashPassword(found.person, password);
  await useCode(fleet, origin, found, async (state, caller) => {
    const { id, account } = state;
    // The event's id is made of the code's id, so that two calls record one event.
    await decideOn(fleet, caller, account, { type: "ChangePersonPassword", person: id, by: id }, eventOf(found));
    return hashed;
  });
}

/**
 * Confirms the person, calls `record`, stores the password hash that it resolves with, and ends the code. A change of the
 * address that was asked for ends too.
 */
export async function useCode(
  fleet: Dependencies,
  origin: Origin,
  found: FoundCode,
  record: (state: PersonState, caller: Caller) => Promise<string>,
): Promise<void> {
  const { person } = found;
  const caller = ownCaller(origin, person);
  const state = await loadPerson(fleet, person);
  if (state === undefined) throw wrongCode();
  if (state.status === "unconfirmed") await ensureOwnAccount(fleet, caller, state.account);
  await decideOn(fleet, caller, state.account, { type: "ConfirmPerson", person, by: person });
  const hashed = await record(state, caller);
  const proof = await fleet.people.setPassword(person, hashed, found.id);
  await fleet.codes.used(found);
  await fleet.codes.end(person, ["email-change"]);
  if (proof === undefined) throw wrongCode();
  accessEnded(fleet, person);
}

/**
 * Replaces the caller's password and ends all sign-ins, except the new one that is returned. A change of the address that
 * was asked for ends too.
 * @throws FleetError `invalid-request`, `unauthenticated` for a wrong password, `person-unknown`
 */
export async function changeOwnPassword(
  fleet: Omit<Dependencies, "ownLimits">,
  caller: Caller,
  { password, newPassword }: { readonly password: string; readonly newPassword: string },
): Promise<PersonProof> {
  fleet.people.checkPassword(newPassword, "newPassword");
  const state = await withPassword(fleet, caller, password);
  const { id } = state;
  // The password is hashed before the event, because hashing may be refused.
  const hashed = await fleet.people.hashPassword(id, newPassword);
  await decideOn(fleet, caller, state.account, { type: "ChangePersonPassword", person: id, by: id });
  const proof = await fleet.people.setPassword(id, hashed);
  if (proof === undefined) throw unknownPerson(id);
  await fleet.codes.end(id, ["email-change"]);
  accessEnded(fleet, id);
  return proof;
}

function eventOf({ person, id }: FoundCode): string {
  return `${person}/password/${id}`;
}
