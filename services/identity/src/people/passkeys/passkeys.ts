import { randomUUID } from "node:crypto";
import { FleetError, PERSON_ID_PATTERN, type SealedText } from "@fleetlog/domain";
import type { Buckets } from "@fleetlog/log";
import type { PasskeyAssertion, PasskeyCreation } from "@fleetlog/protocol";
import type { Sealer } from "../../installation/sealer.ts";
import { assertionOf, newCredentialOf, registrationOptions, signInOptions } from "./ceremonies.ts";
import { PasskeyChallenges } from "./challenges.ts";
import type { RelyingParty } from "./relying-party.ts";
import { checkNew, checkNumber, PasskeyStore, type StoredPasskey } from "./store.ts";

const SIGN_IN = "sign-in";
const NOBODY = "nobody";
const PERSON_ID = new RegExp(PERSON_ID_PATTERN);

export interface PasskeyOwner {
  readonly id: string;
  /** What the authenticator shows. */
  readonly email: string;
  readonly name: string;
}

/** What became of a sign-in. */
export type PasskeyUse =
  | { readonly kind: "used"; readonly person: string; readonly passkey: string }
  /** The counter did not go up. */
  | {
      readonly kind: "copied";
      readonly person: string;
      readonly passkey: string;
      readonly counter: number;
      readonly lastCounter: number;
    }
  | undefined;

/**
 * Passkeys of people (WebAuthn). The authenticator must know the person and verify them (by PIN or fingerprint), so that a
 * passkey counts as both factors. Every call rejects with FleetError `log-unavailable` while the store can't be reached.
 */
export class Passkeys {
  readonly #store: PasskeyStore;
  readonly #challenges: PasskeyChallenges;
  readonly #clock: () => number;

  constructor(buckets: Buckets, sealer: Sealer, clock: () => number = Date.now) {
    this.#store = new PasskeyStore(buckets);
    this.#challenges = new PasskeyChallenges(buckets, sealer, clock);
    this.#clock = clock;
  }

  /** The oldest first. */
  of(person: string): Promise<readonly StoredPasskey[]> {
    return this.#store.of(person);
  }

  /** @throws FleetError `limit-reached` for a person who can't have more */
  async checkNumber(person: string): Promise<void> {
    checkNumber(await this.#store.of(person));
  }

  /** What a browser needs to make a passkey. @throws FleetError `limit-reached` */
  async begin(party: RelyingParty, owner: PasskeyOwner): Promise<Readonly<Record<string, unknown>>> {
    const known = await this.#store.of(owner.id);
    checkNumber(known);
    const here = known.filter(({ site }) => site === party.id);
    return registrationOptions(party, owner, this.#challenges.make(registrationOf(owner.id)), here);
  }

  /**
   * Checks what a browser made, and uses its challenge. The passkey can't be used before {@link add}.
   * @throws FleetError `unauthenticated` if it is not the answer to a challenge for this person, `conflict`, `limit-reached`
   */
  async check(party: RelyingParty, person: string, answer: PasskeyCreation, name: SealedText): Promise<StoredPasskey> {
    const made = await newCredentialOf(party, answer, (challenge) =>
      this.#challenges.isValid(registrationOf(person), challenge),
    );
    if (made === undefined) throw notMade();
    const { challenge, credential, transports, publicKey, counter } = made;
    const addedAt = this.#clock();
    const passkey: StoredPasskey = {
      id: randomUUID(),
      name,
      site: party.id,
      credential,
      transports: [...transports],
      publicKey,
      counter,
      addedAt,
    };
    checkNew(await this.#store.of(person), passkey);
    if (!(await this.#challenges.use(challenge))) throw notMade();
    return passkey;
  }

  /** @throws FleetError `conflict` if the person has it already, `limit-reached` */
  add(person: string, passkey: StoredPasskey): Promise<void> {
    return this.#store.add(person, passkey);
  }

  /** Undefined if there is none. */
  rename(person: string, id: string, name: SealedText): Promise<StoredPasskey | undefined> {
    return this.#store.replace(person, id, (passkey) => ({ ...passkey, name }));
  }

  /** False if there is none. */
  remove(person: string, id: string): Promise<boolean> {
    return this.#store.remove(person, id);
  }

  /** Deletes all passkeys of a person. */
  end(person: string): Promise<void> {
    return this.#store.end(person);
  }

  /** What a browser needs to sign in. It says nothing about anybody. */
  beginSignIn(party: RelyingParty): Promise<Readonly<Record<string, unknown>>> {
    return signInOptions(party, this.#challenges.make(SIGN_IN));
  }

  /**
   * Uses an answer of {@link beginSignIn}, once; undefined if it is not valid. It does the same work for an unknown passkey.
   * @param expected the only person whose passkey is accepted
   */
  async use(party: RelyingParty, answer: PasskeyAssertion, expected?: string): Promise<PasskeyUse> {
    const person = expected ?? personOfPasskey(answer);
    const here = (await this.#store.of(person)).filter(({ site }) => site === party.id);
    const passkey = here.find(({ credential }) => credential === answer.id);
    const assertion = await assertionOf(party, answer, passkey?.publicKey, (challenge) =>
      this.#challenges.isValid(SIGN_IN, challenge),
    );
    if (passkey === undefined || assertion === undefined) return undefined;
    const { challenge, counter } = assertion;
    if (!(await this.#challenges.use(challenge))) return undefined;
    let lastCounter = 0;
    const after = await this.#store.replace(person, passkey.id, (before) => {
      lastCounter = before.counter;
      return isOld(counter, lastCounter) ? before : { ...before, counter, usedAt: this.#clock() };
    });
    if (after === undefined) return undefined;
    const { id } = passkey;
    if (isOld(counter, lastCounter)) return { kind: "copied", person, passkey: id, counter, lastCounter };
    return { kind: "used", person, passkey: id };
  }
}

/** Authenticators without a counter always send 0 (WebAuthn, 6.1.1). */
function isOld(counter: number, last: number): boolean {
  return (counter > 0 || last > 0) && counter <= last;
}

/** Whose passkey it claims to be. */
export function personOfPasskey({ response: { userHandle } }: PasskeyAssertion): string {
  const id = Buffer.from(userHandle ?? "", "base64url").toString();
  return PERSON_ID.test(id) ? id : NOBODY;
}

function registrationOf(person: string): string {
  return `register ${person}`;
}

function notMade(): FleetError {
  return new FleetError("unauthenticated", "this passkey can't be added", {
    field: "credential",
    advice: "Begin again: the browser's answer must come within five minutes, once, and from this page.",
  });
}
