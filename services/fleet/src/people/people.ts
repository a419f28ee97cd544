import {
  FleetError,
  isAtLeast,
  type PersonAccess,
  type PersonState,
  type Role,
  unknownPerson,
  WHOLE_FLEET,
} from "@fleetlog/domain";
import { authorize, normalLogin } from "@fleetlog/identity";
import { accountFor } from "../accounts/owner.ts";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { butEnded } from "../not-recorded.ts";
import { newBytes, newId } from "../repeated.ts";
import { endingAccess } from "./access-ended.ts";
import { endApiKeysOf } from "./api-keys/api-keys.ts";
import { changeAccess } from "./change-access.ts";
import { checkEmail, decideOn, loadPerson } from "./decide.ts";
import { requestMail } from "./mail.ts";
import { recordSignIn } from "./own.ts";
import { type GivenNames, sealedData } from "./sealed-data.ts";
import { secondFactorOf } from "./second-factor/status.ts";

type Dependencies = Pick<
  Fleet,
  "log" | "bus" | "writer" | "accounts" | "personal" | "people" | "apiKeys" | "codes" | "secondFactors" | "passkeys"
>;

const LINK_MS = 86_400_000;

export interface Invitation extends GivenNames {
  readonly email: string;
  readonly role: Role;
  readonly tags?: readonly string[] | undefined;
  readonly account?: string | undefined;
}

export interface InvitationOptions {
  /** Whether to send a mail. Without mail, an administrator calls {@link makePersonLink}. */
  readonly mail: boolean;
  readonly now: number;
  /** Id of the person; default: random. */
  readonly person?: string;
}

/**
 * The person can also sign in with the user name, unless somebody else has it.
 * @throws FleetError `invalid-request`, `person-exists`, `account-unknown`, `forbidden` for a role above the caller's
 */
export async function invitePerson(
  fleet: Dependencies,
  caller: Caller,
  { email, role, tags, account: named, ...names }: Invitation,
  { mail, now, person = newId(caller, "person") }: InvitationOptions = { mail: false, now: 0 },
): Promise<{ readonly person: string; readonly seq: number }> {
  mayManage(caller);
  const account = accountFor(caller, "person.manage", named);
  mayGive(caller, role);
  const address = normalLogin(email);
  checkEmail(address);
  await fleet.accounts.get(account);
  const access = { role, account, ...(tags !== undefined && { tags }) };
  const holder = await fleet.people.find(address);
  if (holder !== undefined && holder !== person) {
    throw new FleetError("person-exists", "somebody has this email address already", { field: "email" });
  }
  const data = await sealedData(fleet, person, address, names);
  const { state, lastSeq: seq } = await decideOn(fleet, caller, account, {
    type: "InvitePerson",
    person,
    ...data,
    ...access,
    by: caller.by,
  });
  // An earlier run of the request may have invited the person, who may have ended since.
  if (hasEnded(state)) return { person, seq };
  await addInvited(fleet, caller, person, address, access);
  if (names.userName !== undefined) await fleet.people.setName(person, names.userName);
  if (mail) await requestMail(fleet, caller, { id: person, account }, "invitation", { now });
  return { person, seq };
}

/** Second step of an invitation. The invited person ends if another invitation took the address at the same moment. */
export async function addInvited(
  fleet: Pick<Dependencies, "log" | "writer" | "people">,
  caller: Caller,
  person: string,
  address: string,
  access: PersonAccess,
): Promise<void> {
  try {
    await fleet.people.add(person, address, access);
  } catch (error) {
    const taken = error instanceof FleetError && error.code === "person-exists";
    if (taken) await decideOn(fleet, caller, access.account, { type: "EndPerson", person, by: caller.by });
    throw error;
  }
}

export interface PersonChange {
  readonly role?: Role | undefined;
  /** Null: no limit. */
  readonly tags?: readonly string[] | null | undefined;
  readonly account?: string | undefined;
}

/**
 * Changes role, tags and account as {@link changeAccess}. Sign-ins stay valid.
 * @throws FleetError `person-unknown`, `person-ended`, `account-unknown`, `forbidden` for a role above the caller's
 */
export async function changePerson(
  fleet: Dependencies,
  caller: Caller,
  id: string,
  change: PersonChange,
): Promise<number> {
  const state = await managedPerson(fleet, caller, id);
  const { role, tags, account } = change;
  if (role !== undefined) mayGive(caller, role);
  if (account !== undefined) {
    authorize(caller.principal, "person.manage", { kind: "account", id: account });
    await fleet.accounts.get(account);
  }
  if (hasEnded(state))
    throw new FleetError("person-ended", `the access of ${id} has ended`, { advice: "Invite the person again." });
  const wanted = {
    ...(role !== undefined && { role }),
    ...(tags !== undefined && { tags: tags && [...tags] }),
    ...(account !== undefined && { account }),
  };
  return (await changeAccess(fleet, caller, id, wanted)).seq;
}

/**
 * Ends all access of a person. `erase` also makes the personal fields unreadable. The access ends before the event is
 * recorded. After a crash or with a full log, a person may thus have no access but be shown as active: repeat the call.
 * @throws FleetError `person-unknown`, `forbidden`, `log-unavailable`, `log-full`
 */
export async function endPerson(fleet: Dependencies, caller: Caller, id: string, erase = false): Promise<number> {
  const state = await managedPerson(fleet, caller, id);
  const { account } = state;
  await endLost(fleet, state);
  const type = erase ? "ErasePerson" : "EndPerson";
  await endingAccess(fleet, id, async () => {
    await fleet.people.end(id);
    await fleet.codes.end(id);
    await fleet.passkeys.end(id);
  });
  const { lastSeq } = await decideOn(fleet, caller, account, { type, person: id, by: caller.by }).catch(
    butEnded("The person can't sign in any more"),
  );
  await endApiKeysOf(fleet, caller, id);
  await fleet.secondFactors.off(id);
  if (erase) await fleet.personal.erase(id);
  return lastSeq;
}

/** If the store has lost the person's record, makes it again. It is then ended like any other, which frees the address. */
async function endLost({ people, personal }: Pick<Fleet, "people" | "personal">, state: PersonState): Promise<void> {
  if ((await people.statusOf(state.id)) !== undefined) return;
  const email = await personal.open(state.email);
  if (email === undefined) return;
  await people.add(state.id, email, state).catch((error: unknown) => {
    // Somebody else has the address meanwhile.
    if (!(error instanceof FleetError && error.code === "person-exists")) throw error;
  });
}

/** @throws FleetError `person-unknown`, `forbidden` */
export async function removeSecondFactor(fleet: Dependencies, caller: Caller, id: string): Promise<void> {
  const state = await managedPerson(fleet, caller, id);
  if (!(await secondFactorOf(fleet, id)).on) return;
  const data = { person: id, by: caller.by };
  // The event is recorded first: after `off`, an interrupted call could not be repeated.
  await recordSignIn(fleet, caller, state, { type: "PersonSecondFactorTurnedOff", data });
  await fleet.secondFactors.off(id);
}

/** A code to set a password once. */
export interface PersonLink {
  readonly email: string;
  readonly code: string;
  readonly expiresAt: string;
}

/**
 * Makes a one-time link, for installations without mail.
 * @throws FleetError `person-unknown`, `person-ended`, `forbidden`
 */
export async function makePersonLink(
  fleet: Dependencies,
  caller: Caller,
  id: string,
  now: number,
): Promise<PersonLink> {
  const state = await managedPerson(fleet, caller, id);
  const { account } = state;
  const until = (caller.repeatable?.since ?? now) + LINK_MS;
  const expiresAt = new Date(until).toISOString();
  await decideOn(fleet, caller, account, { type: "MakePersonLink", person: id, by: caller.by, expiresAt });
  const email = await fleet.personal.open(state.email);
  if (email === undefined) throw unknownPerson(id);
  const isMissing = (await fleet.people.statusOf(id)) === undefined;
  // This completes an invitation that was interrupted, and restores a lost record.
  await fleet.people.add(id, email, state);
  // A change of access after `state` was loaded has found no record to change.
  if (isMissing) await fleet.people.changeAccess(id, async () => (await loadPerson(fleet, id)) ?? state);
  return {
    email,
    code: await fleet.codes.make(id, "invitation", { until, random: newBytes(caller, "link") }),
    expiresAt,
  };
}

/** The state of a person whom the caller may manage. @throws FleetError `person-unknown`, `forbidden` */
export async function managedPerson(fleet: Pick<Fleet, "log">, caller: Caller, id: string): Promise<PersonState> {
  mayManage(caller);
  const state = await loadPerson(fleet, id);
  if (state === undefined) throw unknownPerson(id);
  try {
    authorize(caller.principal, "person.manage", { kind: "account", id: state.account });
  } catch {
    throw unknownPerson(id);
  }
  mayGive(caller, state.role);
  return state;
}

/** Refuses people who are limited to tags, since they could give more access than they have. */
function mayManage({ principal }: Caller): void {
  authorize(principal, "person.manage", WHOLE_FLEET);
  if (principal.kind === "person" && principal.scope?.tags !== undefined) {
    throw new FleetError("forbidden", "somebody who is limited to tags may not manage people");
  }
}

function hasEnded(state: PersonState | undefined): boolean {
  return state?.status === "ended" || state?.status === "erased";
}

function mayGive({ principal }: Caller, role: Role): void {
  if (principal.kind === "part" || (principal.kind === "person" && isAtLeast(principal.role, role))) return;
  throw new FleetError("forbidden", `only somebody with the role ${role} or more may do this`, { field: "role" });
}
