import { randomUUID } from "node:crypto";
import {
  FleetError,
  MAIN_ACCOUNT,
  type PersonCommand,
  type PersonOpenIdLinked,
  type PersonState,
  type Role,
} from "@fleetlog/domain";
import { normalLogin, type OpenIdIdentity, type OpenIdPerson, type PersonProof } from "@fleetlog/identity";
import type { Caller } from "../../caller.ts";
import type { Fleet } from "../../dependencies/fleet.ts";
import { ensureOwnAccount } from "../account.ts";
import { changeAccess } from "../change-access.ts";
import { decideOn, loadPerson } from "../decide.ts";
import { findOpenId } from "./find.ts";

type Dependencies = Pick<Fleet, "log" | "bus" | "writer" | "people" | "personal" | "openIds" | "ownLimits">;

/** Attempts of one sign-in while other calls change the identity's links. */
const ATTEMPTS = 8;
const EMAIL = /^[^\s@<>",;]{1,64}@[^\s@<>",;]{1,190}$/;

/**
 * Signs a person in by an identity. The first sign-in makes a new person, or finds an invited person by a verified
 * address. If the provider gives roles, each sign-in sets the role. A person who has ended needs a new invitation.
 * @throws FleetError `forbidden` without a role or address, `person-exists`, `person-ended`, `conflict`
 */
export function signInByOpenId(
  fleet: Dependencies,
  identity: OpenIdPerson,
  correlationid: string,
): Promise<PersonProof> {
  return signIn(fleet, identity, correlationid, 1);
}

async function signIn(
  fleet: Dependencies,
  identity: OpenIdPerson,
  correlationid: string,
  attempt: number,
): Promise<PersonProof> {
  const again = () => {
    if (attempt === ATTEMPTS) throw changedElsewhere();
    return signIn(fleet, identity, correlationid, attempt + 1);
  };
  const { key, role, givesRoles } = identity;
  if (givesRoles && role === undefined) throw noRole();
  const found = await findOpenId(fleet, key);
  const former = found !== undefined && isOver(await loadPerson(fleet, found.person)) ? found : undefined;
  const known = former === undefined ? found : undefined;
  const person =
    known?.person ?? (await (former ? invitedAgain(fleet, identity) : personFor(fleet, identity, correlationid)));
  const state = await loadPerson(fleet, person);
  if (isOver(state)) throw ended();
  if (known === undefined && state.status === "active") {
    // Another call may have connected the identity at this moment.
    const now = await fleet.openIds.find(key);
    if (now?.person !== former?.person) return again();
    throw new FleetError("person-exists", "somebody with this email address has another way to sign in", {
      advice: "Sign in as before, and connect the provider on the page Profile.",
    });
  }
  if (hasEnded(state, known)) {
    await fleet.openIds.unbind(person, known.link, key);
    return again();
  }
  const link = known === undefined ? randomUUID() : known.link;
  if (known === undefined && !(await bindOpenId(fleet, key, person, link ?? ""))) return again();
  const decide = (command: PersonCommand) =>
    decideOn(fleet, providerCaller(person, correlationid), state.account, command);
  // This also completes a call that was interrupted.
  if (link !== undefined && state.openIds?.some((one) => one.link === link) !== true) {
    await decide({ type: "RecordSignIn", person, by: person, event: linkedEvent(person, identity.issuer, link) });
  }
  if (state.status === "unconfirmed") {
    await ensureOwnAccount(fleet, providerCaller(person, correlationid), state.account);
  }
  if (state.status !== "active") await decide({ type: "ConfirmPerson", person, by: person });
  if (role !== undefined && role !== state.role)
    await changeAccess(fleet, providerCaller(person, correlationid), person, { role });
  const proof = await fleet.people.activate(person);
  if (proof === undefined) throw new FleetError("person-ended", "your access has ended");
  return proof;
}

/**
 * Binds an identity that belongs to nobody, or to a person who has ended.
 * @returns false if it belongs to somebody else
 */
export async function bindOpenId(
  fleet: Pick<Dependencies, "log" | "openIds">,
  key: string,
  person: string,
  link: string,
): Promise<boolean> {
  if ((await findOpenId(fleet, key)) === undefined && (await fleet.openIds.bind(key, person, link))) return true;
  const found = await fleet.openIds.find(key);
  if (found === undefined || found.person === person || !isOver(await loadPerson(fleet, found.person))) return false;
  return fleet.openIds.rebind(key, found, person, link);
}

/** For an identity whose person has ended: finds the person with the identity's verified address. */
async function invitedAgain(fleet: Dependencies, { email, emailIsVerified }: OpenIdPerson): Promise<string> {
  const person = emailIsVerified ? await fleet.people.find(email ?? "") : undefined;
  if (person === undefined) throw ended();
  return person;
}

function isOver(state: PersonState | undefined): state is undefined | (PersonState & { status: "ended" | "erased" }) {
  return state === undefined || state.status === "ended" || state.status === "erased";
}

/** The id of the person with the identity's address, or of a new person. */
async function personFor(fleet: Dependencies, identity: OpenIdPerson, correlationid: string): Promise<string> {
  const email = normalLogin(identity.email ?? "");
  if (!EMAIL.test(email)) {
    throw new FleetError("forbidden", "the OpenID provider gives no email address", {
      advice: "The provider must give the claim email to this client.",
    });
  }
  const known = await fleet.people.find(email);
  if (known !== undefined && (await loadPerson(fleet, known)) !== undefined) {
    if (identity.emailIsVerified) return known;
    throw new FleetError("person-exists", "somebody has this email address, and the provider has not verified it");
  }
  if (identity.role === undefined) throw noRole();
  // A known id without a person: an interrupted call has reserved the address.
  return signUp(fleet, identity, { person: known ?? randomUUID(), email, role: identity.role }, correlationid);
}

async function signUp(
  fleet: Dependencies,
  { givenName, familyName }: OpenIdPerson,
  { person, email, role }: { readonly person: string; readonly email: string; readonly role: Role },
  correlationid: string,
): Promise<string> {
  const access = { role, account: MAIN_ACCOUNT };
  await fleet.people.add(person, email, access);
  const seal = async <Name extends string>(name: Name, text: string | undefined) =>
    text === undefined || text === "" ? {} : { [name]: await fleet.personal.seal(person, text.slice(0, 256)) };
  await decideOn(fleet, providerCaller(person, correlationid), MAIN_ACCOUNT, {
    type: "SignUpPerson",
    person,
    email: await fleet.personal.seal(person, email),
    ...(await seal("givenName", givenName)),
    ...(await seal("familyName", familyName)),
    ...access,
    by: person,
  });
  return person;
}

export function linkedEvent(person: string, issuer: string, link: string): PersonOpenIdLinked {
  return { type: "PersonOpenIdLinked", data: { person, by: person, issuer, link } };
}

/** Whether the person has ended this connection, and a crash left the identity bound. */
export function hasEnded<Identity extends OpenIdIdentity>(
  { endedLinks = [] }: PersonState,
  identity: Identity | undefined,
): identity is Identity & { readonly link: string } {
  return identity?.link !== undefined && endedLinks.includes(identity.link);
}

function providerCaller(person: string, correlationid: string): Caller {
  return { principal: { kind: "part", name: "open-id" }, by: person, source: `/people/${person}`, correlationid };
}

function ended(): FleetError {
  return new FleetError("person-ended", "your access has ended", { advice: "Ask an administrator." });
}

function changedElsewhere(): FleetError {
  return new FleetError("conflict", "this identity is being changed elsewhere", { advice: "Sign in again." });
}

function noRole(): FleetError {
  return new FleetError("forbidden", "you have no role here", {
    advice: "Ask an administrator for an invitation, or for a role at the OpenID provider.",
  });
}
