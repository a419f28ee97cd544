import { randomUUID } from "node:crypto";
import { FleetError, PERSON_ID_PATTERN, type SealedText } from "@fleetlog/domain";
import type { Buckets } from "@fleetlog/log";
import type { PasskeyAssertion, PasskeyCreation } from "@fleetlog/protocol";
import type { Sealer } from "../../installation/sealer.ts";
import { assertionOf, newCredentialOf, registrationOptions, signInOptions } from "./ceremonies.ts";
import { PasskeyChallenges } from "./challenges.ts";
import type { RelyingParty } from "./relying-party.ts";
import { checkNew, checkNumber, PasskeyStore, type RemovalCheck, type StoredPasskey } from "./store.ts";

const SIGN_IN = "sign-in";
const NOBODY = "nobody";
const PERSON_ID = new RegExp(PERSON_ID_PATTERN);

export interface PasskeyOwner {
  readonly id: string;
  readonly email: string;
  readonly name: string;
}

/** Outcome of a sign-in; undefined for an invalid answer. */
export type PasskeyUse =
  | { readonly kind: "used"; readonly person: string; readonly passkey: string }
  /** The counter did not go up: the passkey may have been copied. */
  | {
      readonly kind: "copied";
      readonly person: string;
      readonly passkey: string;
      readonly counter: number;
      readonly lastCounter: number;
    }
  | undefined;

/**
 * Passkeys of people (WebAuthn). Each counts as both factors: the authenticator verifies the person by PIN or
 * fingerprint.
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

  /** As {@link PasskeyStore.isStored}. */
  isStored(person: string): Promise<boolean> {
    return this.#store.isStored(person);
  }

  /** @throws FleetError `limit-reached` if the person can't have another passkey */
  async checkNumber(person: string): Promise<void> {
    checkNumber(await this.#store.of(person));
  }

  /** Options with which a browser makes a passkey. @throws FleetError `limit-reached` */
  async begin(party: RelyingParty, owner: PasskeyOwner): Promise<Readonly<Record<string, unknown>>> {
    const known = await this.#store.of(owner.id);
    checkNumber(known);
    const here = known.filter(({ site }) => site === party.id);
    return registrationOptions(party, owner, this.#challenges.make(registrationOf(owner.id)), here);
  }

  /**
   * Checks the browser's answer and uses its challenge. The passkey is not valid before {@link add}.
   * @throws FleetError `unauthenticated` for an invalid answer or challenge, `conflict`, `limit-reached`
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

  /** @throws FleetError `conflict` if the person has it already, `limit-reached`, `person-ended` */
  add(person: string, passkey: StoredPasskey): Promise<void> {
    return this.#store.add(person, passkey);
  }

  rename(person: string, id: string, name: SealedText): Promise<StoredPasskey | undefined> {
    return this.#store.replace(person, id, (passkey) => ({ ...passkey, name }));
  }

  /** As {@link PasskeyStore.remove}. */
  remove(person: string, id: string, check?: RemovalCheck): Promise<boolean> {
    return this.#store.remove(person, id, check);
  }

  /** As {@link PasskeyStore.markAsSecondFactor}. */
  markAsSecondFactor(person: string, site: string, by: string): Promise<boolean> {
    return this.#store.markAsSecondFactor(person, site, by);
  }

  /** Deletes all passkeys of a person who has ended; none can be added any more. */
  end(person: string): Promise<void> {
    return this.#store.end(person);
  }

  /** Options with which a browser signs in. They reveal nothing about any person. */
  beginSignIn(party: RelyingParty): Promise<Readonly<Record<string, unknown>>> {
    return signInOptions(party, this.#challenges.make(SIGN_IN));
  }

  /**
   * Uses an answer to {@link beginSignIn}, once. Does the same work for an unknown passkey.
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

/** The person that the passkey names, unverified. */
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
