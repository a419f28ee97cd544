import { randomUUID } from "node:crypto";
import { FleetError } from "@fleetlog/domain";
import { normalLogin } from "@fleetlog/identity";
import type { Fleet } from "../dependencies/fleet.ts";
import { ownAccountOf } from "./account.ts";
import { checkEmail, decideOn, loadPerson } from "./decide.ts";
import { requestMail } from "./mail.ts";
import { changeOwnNames } from "./names.ts";
import { type Origin, ownCaller } from "./own.ts";
import { useCode, wrongCode } from "./passwords.ts";
import { sealedData } from "./sealed-data.ts";

type Dependencies = Pick<Fleet, "log" | "bus" | "writer" | "personal" | "people" | "codes" | "ownLimits">;

/** Who may sign up: nobody, invited people, or everybody. */
export type SignUpMode = "off" | "invited" | "open";

export interface SignUp {
  readonly email: string;
  readonly password: string;
  readonly userName?: string | undefined;
  readonly givenName?: string | undefined;
  readonly familyName?: string | undefined;
}

/**
 * Makes the checks of {@link signUp} that do not depend on a person, and hashes the password, which takes long.
 * @throws FleetError `forbidden` in mode `off`, `invalid-request`, `rate-limited` if too many passwords wait
 */
export async function prepareSignUp(
  { people }: Pick<Fleet, "people">,
  mode: SignUpMode,
  { email, password }: SignUp,
  network?: string,
): Promise<{ readonly address: string; readonly hashed: string }> {
  if (mode === "off") {
    throw new FleetError("forbidden", "nobody can sign up here", { advice: "Ask an administrator for an invitation." });
  }
  const address = normalLogin(email);
  checkEmail(address);
  people.checkPassword(password);
  return { address, hashed: await people.hashPasswordFor(address, password, network) };
}

/**
 * Signs a person up: mails a code, which makes the password valid when it is used. An active person gets a notice
 * instead; the caller can't see the difference. An interrupted call can be repeated. The person can also sign
 * in with the user name, unless somebody else has it. The caller does not learn this either.
 * @throws FleetError `log-full` in mode `open`, for known and unknown addresses alike
 */
export async function signUp(
  fleet: Dependencies,
  origin: Origin,
  mode: SignUpMode,
  { address, hashed }: { readonly address: string; readonly hashed: string },
  names: Omit<SignUp, "email" | "password">,
  now: number,
): Promise<void> {
  const known = await fleet.people.find(address);
  const state = known === undefined ? undefined : await loadPerson(fleet, known);
  if (known !== undefined && state !== undefined) {
    const caller = ownCaller(origin, known);
    // Known and unknown addresses must get the same answer: `log-full` in mode `open` only.
    return hiding(mode === "open" ? ["conflict"] : ["conflict", "log-full"], async () => {
      if (state.status === "active") return void (await requestMail(fleet, caller, state, "known", { now }));
      if (await requestMail(fleet, caller, state, "confirmation", { now, password: hashed }))
        await changeOwnNames(fleet, caller, names);
    });
  }
  if (mode !== "open") return fleet.codes.makeForNobody();
  const person = known ?? (await reserve(fleet, address));
  if (person === undefined) return;
  const caller = ownCaller(origin, person);
  const { role, account } = ownAccess(person);
  const data = await sealedData(fleet, person, address, names);
  const recorded = await decideOn(
    fleet,
    caller,
    account,
    { type: "SignUpPerson", person, by: person, ...data, role, account },
    `${person}/signed-up`,
  );
  if (names.userName !== undefined) await fleet.people.setName(person, names.userName);
  await requestMail(fleet, caller, recorded.state ?? { id: person, account }, "confirmation", {
    now,
    password: hashed,
  });
}

/**
 * Confirms a person who has signed up, which makes the given password valid.
 * @throws FleetError `unauthenticated` for a wrong code or address
 */
export async function confirmPerson(
  fleet: Dependencies,
  origin: Origin,
  { email, code }: { readonly email: string; readonly code: string },
): Promise<void> {
  const found = await fleet.codes.find(await fleet.people.find(email), ["confirmation"], code);
  const password = found?.password;
  if (found === undefined || password === undefined) throw wrongCode();
  await useCode(fleet, origin, found, async () => password);
}

/** Mails a code for a new password. The caller does not learn whether the address is known. */
export async function forgotPassword(fleet: Dependencies, origin: Origin, email: string, now: number): Promise<void> {
  const person = await fleet.people.find(normalLogin(email));
  const state = person === undefined ? undefined : await loadPerson(fleet, person);
  if (state === undefined) return fleet.codes.makeForNobody();
  await hiding(["conflict", "log-full"], () =>
    requestMail(fleet, ownCaller(origin, state.id), state, "reset", { now }),
  );
}

/** Ignores errors that would reveal a known address. */
async function hiding(codes: readonly FleetError["code"][], work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof FleetError && codes.includes(error.code))) throw error;
  }
}

/** Reserves the address for a new person; undefined if a concurrent call has reserved it. */
async function reserve(fleet: Dependencies, address: string): Promise<string | undefined> {
  const person = randomUUID();
  try {
    await fleet.people.add(person, address, ownAccess(person));
    return person;
  } catch (error) {
    if (error instanceof FleetError && error.code === "person-exists") return undefined;
    throw error;
  }
}

function ownAccess(person: string) {
  return { role: "owner", account: ownAccountOf(person) } as const;
}
