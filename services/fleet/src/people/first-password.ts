import { FleetError, type Person } from "@fleetlog/domain";
import { normalEmail, type PersonProof } from "@fleetlog/identity";
import type { Caller } from "../caller.ts";
import { decideOn, loadPerson } from "./decide.ts";
import { invitePerson } from "./people.ts";

type Dependencies = Parameters<typeof invitePerson>[0];

/** Whether the principal is the holder of the installation's token. */
export function isTokenAdministrator({ role, apiKey, account }: Person): boolean {
  return role === "admin" && apiKey === undefined && account === undefined;
}

/**
 * Makes the holder of the installation's token an administrator with a password, and returns a sign-in as that person.
 * The token stays valid.
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
  const hashed = await fleet.people.hashPasswordFor(normalEmail(email), password);
  const { person } = await invitePerson(fleet, caller, { email, role: "admin" });
  const state = await loadPerson(fleet, person);
  const account = state?.account ?? "main";
  const about = { person, by: caller.by };
  await decideOn(fleet, caller, account, { type: "ConfirmPerson", ...about });
  const { lastSeq: seq } = await decideOn(fleet, caller, account, { type: "ChangePersonPassword", ...about });
  const proof = await fleet.people.setPassword(person, hashed);
  if (proof === undefined) throw new FleetError("person-ended", "this person has ended meanwhile");
  return { proof, seq };
}
