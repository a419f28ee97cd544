import { FleetError, invalid, type PersonState, unknownPerson } from "@fleetlog/domain";
import { normalLogin } from "@fleetlog/identity";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { newBytes } from "../repeated.ts";
import { checkEmail, decideOn } from "./decide.ts";
import { requestMail } from "./mail.ts";
import { ownState, withPassword } from "./own.ts";
import { wrongCode } from "./passwords.ts";
import { managedPerson } from "./people.ts";

type Dependencies = Pick<Fleet, "log" | "writer" | "personal" | "people" | "codes">;

const LINK_MS = 86_400_000;

/** Purposes of codes that were sent to the earlier address and could set a password. */
const TO_EARLIER = ["invitation", "confirmation", "reset"] as const;

/**
 * Mails a code to the caller's new address, and a notice to the present address, which stays until the code is used. A
 * code is mailed even if somebody else has the address. The caller learns that only by using the code.
 * @param password not needed by people who have none
 * @throws FleetError `invalid-request`, `unauthenticated` for a wrong password, `rate-limited`, `person-unknown`
 */
export async function requestEmailChange(
  fleet: Dependencies,
  caller: Caller,
  { email, password = "" }: { readonly email: string; readonly password?: string | undefined },
  now: number,
): Promise<void> {
  const own = await ownState(fleet, caller);
  const state = (await fleet.people.hasPassword(own.id)) ? await withPassword(fleet, caller, password) : own;
  const address = await otherAddress(fleet, state, email);
  const to = await fleet.personal.seal(state.id, address);
  const asked =
    (await requestMail(fleet, caller, state, "email-notice", { now, to: state.email })) &&
    (await requestMail(fleet, caller, state, "email-change", { now, to }));
  if (!asked) throw new FleetError("rate-limited", "too many changes of the address were requested");
}

/**
 * Replaces the caller's address by the one that the code confirms. Codes that went to the earlier address end. The
 * given code ends last, so that an interrupted call can be repeated.
 * @throws FleetError `unauthenticated` for a wrong code, `person-exists` if somebody else has the address
 */
export async function confirmEmailChange(fleet: Dependencies, caller: Caller, code: string): Promise<number> {
  const { id: person, account } = await ownState(fleet, caller);
  const found = await fleet.codes.find(person, ["email-change"], code);
  if (found?.email === undefined) throw wrongCode();
  const address = await fleet.personal.open(found.email);
  if (address === undefined) throw wrongCode();
  await fleet.people.reserveEmail(person, address);
  const command = { type: "ChangePersonEmail", person, by: caller.by, email: found.email } as const;
  // The event comes before the change of the record. In between, the person still signs in by the earlier address, and
  // mails go to the new one.
  const { lastSeq } = await decideOn(fleet, caller, account, command, `${person}/email/${found.id}`);
  await fleet.people.changeEmail(person, address);
  await fleet.codes.end(person, TO_EARLIER);
  await fleet.codes.used(found);
  return lastSeq;
}

/**
 * Makes a one-time link by which the person confirms another address, for installations without mail. With mail, a
 * notice goes to the present address.
 * @throws FleetError `person-unknown`, `person-ended`, `person-exists`, `forbidden`, `invalid-request`
 */
export async function makeEmailLink(
  fleet: Dependencies,
  caller: Caller,
  id: string,
  { email, mail, now }: { readonly email: string; readonly mail: boolean; readonly now: number },
): Promise<{ readonly code: string; readonly expiresAt: string }> {
  const state = await managedPerson(fleet, caller, id);
  const address = await otherAddress(fleet, state, email);
  if ((await fleet.people.find(address)) !== undefined)
    throw new FleetError("person-exists", "somebody has this email address already", { field: "email" });
  const until = (caller.repeatable?.since ?? now) + LINK_MS;
  const expiresAt = new Date(until).toISOString();
  const command = { type: "MakePersonEmailLink", person: id, by: caller.by, expiresAt } as const;
  await decideOn(fleet, caller, state.account, command);
  if (mail) await requestMail(fleet, caller, state, "email-notice", { now, to: state.email });
  const sealed = await fleet.personal.seal(id, address);
  return {
    code: await fleet.codes.make(id, "email-change", { until, email: sealed, random: newBytes(caller, "link") }),
    expiresAt,
  };
}

async function otherAddress(
  { personal }: Pick<Fleet, "personal">,
  { id, email: present }: PersonState,
  email: string,
): Promise<string> {
  const address = normalLogin(email);
  checkEmail(address);
  const held = await personal.open(present);
  if (held === undefined) throw unknownPerson(id);
  if (held === address) throw invalid("email", "this is the person's address already");
  return address;
}
