import { FleetError } from "@fleetlog/domain";
import { type PersonProof, personOfPasskey, type RelyingParty } from "@fleetlog/identity";
import type { PasskeyAssertion } from "@fleetlog/protocol";
import type { Fleet } from "../../dependencies/fleet.ts";
import { decideOn, loadPerson } from "../decide.ts";
import { ownCaller } from "../own.ts";

type Dependencies = Pick<Fleet, "log" | "writer" | "people" | "passkeys">;

/** A browser's answer for a sign-in by a passkey. */
export interface PasskeyAnswer {
  /** @throws FleetError `passkeys-unavailable` */
  readonly party: () => RelyingParty;
  readonly assertion: PasskeyAssertion;
}

/**
 * Signs in by a passkey alone, which counts as both factors.
 * @throws FleetError `unauthenticated`, with the same text for every reason
 */
export async function signInByPasskey(
  fleet: Dependencies,
  answer: PasskeyAnswer,
  origin: { readonly correlationid: string },
): Promise<PersonProof> {
  // The proof is read before the passkey is used, so that the sign-in ends if the passkey is removed meanwhile.
  const proof = await fleet.people.proofOf(personOfPasskey(answer.assertion));
  const person = await usePasskey(fleet, answer, origin);
  if (proof?.person !== person) throw notValid();
  return proof;
}

/**
 * Uses a passkey's answer, once. Resolves with the person's id.
 * @param expected the only person whose passkey is accepted
 */
export async function usePasskey(
  fleet: Pick<Dependencies, "log" | "writer" | "passkeys">,
  { party, assertion }: PasskeyAnswer,
  { correlationid }: { readonly correlationid: string },
  expected?: string,
): Promise<string> {
  const use = await fleet.passkeys.use(party(), assertion, expected);
  if (use?.kind === "copied") {
    const { person, passkey, counter, lastCounter } = use;
    const account = (await loadPerson(fleet, person))?.account;
    const data = { person, by: person, passkey, counter, lastCounter };
    const event = { type: "PersonPasskeyRefused", data } as const;
    if (account !== undefined) {
      // Each counter has only one event, because a copied passkey may be tried often.
      const id = `${person}/passkey/${passkey}/${lastCounter}/${counter}`;
      const command = { type: "RecordSignIn", person, by: person, event } as const;
      await decideOn(fleet, ownCaller({ correlationid }, person), account, command, id);
    }
  }
  if (use?.kind !== "used") throw notValid();
  return use.person;
}

function notValid(): FleetError {
  return new FleetError("unauthenticated", "this passkey is not valid here", {
    field: "passkey",
    advice:
      "It may have been removed, or the sign-in took longer than five minutes. Try again, or sign in another way.",
  });
}
