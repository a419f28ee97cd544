import { FleetError, type PersonState, unknownPerson } from "@fleetlog/domain";
import type { FoundCode, PersonProof } from "@fleetlog/identity";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { endingAccess } from "./access-ended.ts";
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
 * Sets a password by a code, confirms the person, and ends their sign-ins. An interrupted call can be repeated with the
 * same code and password.
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
  const hashed = await fleet.people.hashPassword(found.person, password, origin.network);
  const record = async ({ id, account }: PersonState, caller: Caller) => {
    // The event's id is made of the code's id, so that two calls record one event.
    await decideOn(fleet, caller, account, { type: "ChangePersonPassword", person: id, by: id }, eventOf(found));
    return hashed;
  };
  // An interrupted call has stored another hash of the same password.
  await useCode(fleet, origin, found, record, () => fleet.people.isPassword(found.person, password, origin.network));
}

/**
 * Confirms the person, calls `record`, stores the password hash that `record` resolves with, and ends the code. A
 * pending change of the email address is cancelled, too. The code ends last, so that an interrupted call can be
 * repeated.
 * @param isSet whether an earlier call with this code has stored this password, with another hash
 */
export async function useCode(
  fleet: Dependencies,
  origin: Origin,
  found: FoundCode,
  record: (state: PersonState, caller: Caller) => Promise<string>,
  isSet: () => Promise<boolean> = async () => false,
): Promise<void> {
  const { person } = found;
  const caller = ownCaller(origin, person);
  const state = await loadPerson(fleet, person);
  if (state === undefined) throw wrongCode();
  if (state.status === "unconfirmed") await ensureOwnAccount(fleet, caller, state.account);
  await decideOn(fleet, caller, state.account, { type: "ConfirmPerson", person, by: person });
  const hashed = await record(state, caller);
  const set = () => fleet.people.setPassword(person, hashed, found.id);
  const isDone = (await endingAccess(fleet, person, set)) !== undefined || (await isSet());
  await fleet.codes.end(person, ["email-change"]);
  await fleet.codes.used(found);
  if (!isDone) throw wrongCode();
}

/**
 * Replaces the caller's password and ends all sign-ins, except the new one that is returned. A pending change of the
 * email address is cancelled, too.
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
  const hashed = await fleet.people.hashPassword(id, newPassword, caller.network);
  await decideOn(fleet, caller, state.account, { type: "ChangePersonPassword", person: id, by: id });
  await fleet.codes.end(id, ["email-change"]);
  // This step is the last one: after it, the present password has ended, so an interrupted call could not be repeated.
  const proof = await endingAccess(fleet, id, () => fleet.people.setPassword(id, hashed));
  if (proof === undefined) throw unknownPerson(id);
  return proof;
}

function eventOf({ person, id }: FoundCode): string {
  return `${person}/password/${id}`;
}
