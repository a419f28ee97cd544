import { FleetError, MAIN_ACCOUNT, type Person, streamOf } from "@fleetlog/domain";
import { normalLogin, type PersonProof } from "@fleetlog/identity";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { decideOn, loadPerson } from "./decide.ts";
import { addInvited, invitePerson } from "./people.ts";

type Dependencies = Parameters<typeof invitePerson>[0];

/** Whether the principal is the holder of the installation's token. */
export function isTokenAdministrator({ role, apiKey, account }: Person): boolean {
  return role === "admin" && apiKey === undefined && account === undefined;
}

/**
 * Makes an administrator with this password, for whoever has signed in with the installation's token. The returned
 * proof is for a sign-in as this person. The token stays valid. A call that was interrupted can be repeated.
 * @throws FleetError `forbidden` for anybody else, `invalid-request`, `person-exists`
 */
export async function setFirstPassword(
  fleet: Dependencies,
  caller: Caller,
  { email, password }: { readonly email: string; readonly password: string },
): Promise<{ readonly proof: PersonProof; readonly seq: number }> {
  const { principal } = caller;
  if (principal.kind !== "person" || !isTokenAdministrator(principal) || (await loadPerson(fleet, caller.by))) {
    throw new FleetError("forbidden", "only whoever signs in with the installation's token may do this", {
      advice: "Change your own password on the page Profile.",
    });
  }
  fleet.people.checkPassword(password);
  const address = normalLogin(email);
  const hashed = await fleet.people.hashPasswordFor(address, password, caller.network);
  const person = await fleet.people.firstId(address);
  const state = await loadPerson(fleet, person);
  if (state === undefined) {
    await invitePerson(fleet, caller, { email, role: "admin" }, { mail: false, now: 0, person });
  } else if (await hasSetPassword(fleet, person)) {
    throw new FleetError("person-exists", "somebody has this email address already", { field: "email" });
  } else {
    await addInvited(fleet, caller, person, address, state);
  }
  // The password is stored before the events, because the pages ask for a password until one is stored.
  const proof = await fleet.people.setPassword(person, hashed);
  if (proof === undefined) throw new FleetError("person-ended", "the access of this person has ended meanwhile");
  const account = state?.account ?? MAIN_ACCOUNT;
  const about = { person, by: caller.by };
  await decideOn(fleet, caller, account, { type: "ConfirmPerson", ...about });
  const { lastSeq: seq } = await decideOn(fleet, caller, account, { type: "ChangePersonPassword", ...about });
  return { proof, seq };
}

async function hasSetPassword({ log }: Pick<Fleet, "log">, person: string): Promise<boolean> {
  for await (const { type } of log.read({ stream: streamOf("person"), category: "person", entity: person }))
    if (type === "PersonPasswordChanged") return true;
  return false;
}
