import { FleetError, type Person, type PersonAccess, scopeOfPerson } from "@fleetlog/domain";
import { type Buckets, openOnUse, SHARED_BUCKETS } from "@fleetlog/log";
import { type LookupCache, lookupCache } from "../lookup-cache.ts";
import { hashOf } from "../tokens.ts";
import type { NewAccessChange } from "./access-change.ts";
import { AccessInSteps, type BegunChange } from "./access-in-steps.ts";
import { EmailAddresses } from "./email-addresses.ts";
import { LoginNames } from "./login-names.ts";
import { checkPassword, Passwords } from "./passwords.ts";
import { PersonRecords, type StoredPerson } from "./person-records.ts";

const NOBODY = "nobody";
const RECENT = { ttlMs: 400, maxEntries: 1_000 };

/** A sign-in, valid until the person's epoch changes. */
export interface PersonProof {
  readonly person: string;
  readonly epoch: number;
}

/** Passwords and access of people. */
export class People {
  readonly #records: PersonRecords;
  readonly #access: AccessInSteps;
  readonly #passwords = new Passwords();
  readonly #emails: EmailAddresses;
  readonly #names: LoginNames;
  readonly #recent: LookupCache<string>;
  readonly #clock: () => number;

  /** @param hash keyed hash of a normalised email address or user name */
  constructor(buckets: Buckets, hash: (login: string) => string, clock: () => number = Date.now) {
    const bucket = openOnUse(buckets, "people", SHARED_BUCKETS.people);
    this.#clock = clock;
    this.#records = new PersonRecords(bucket);
    this.#access = new AccessInSteps(this.#records, clock);
    this.#emails = new EmailAddresses({ bucket, hash });
    this.#names = new LoginNames({ bucket, hash, statusOf: (person) => this.statusOf(person), clock });
    this.#recent = lookupCache<string>({ ...RECENT, now: () => performance.now() });
  }

  /** Adds a person who can't sign in yet. @throws FleetError `person-exists` if another person has the address */
  async add(person: string, email: string, { role, account, tags }: PersonAccess): Promise<void> {
    const hashed = this.#emails.hashOf(email);
    await this.#emails.take(person, hashed);
    const limits = tags === undefined ? {} : { tags: [...tags] };
    // The record may replace a lost one, whose ended sign-ins must not be valid again.
    const epoch = this.#clock();
    const stored: StoredPerson = { status: "invited", role, account, ...limits, email: hashed, epoch };
    await this.#records.create(person, stored);
  }

  /** @param login email address or user name */
  async find(login: string): Promise<string | undefined> {
    const { id, stored, isOwn } = await this.#byLogin(login);
    return stored === undefined || isOwn ? id : undefined;
  }

  /** As {@link find}, but reads the records of all people, in case the entry of the address or user name is lost. */
  async findInRecords(login: string): Promise<string | undefined> {
    const byAddress = isAddress(login);
    const hashed = byAddress ? this.#emails.hashOf(login) : this.#names.hashOf(login);
    const records = await this.#records.all();
    return records.find(
      ({ stored }) => stored.status !== "ended" && (byAddress ? stored.email : stored.name) === hashed,
    )?.person;
  }

  /** As {@link find}, at most 400 ms old. */
  findRecent(login: string): Promise<string | undefined> {
    return this.#recent.get(hashOf(login), () => this.find(login));
  }

  /**
   * Keeps another address for the person, who still has the present one.
   * @throws FleetError `person-exists` if another person has the address
   */
  async reserveEmail(person: string, email: string): Promise<void> {
    const hashed = this.#emails.hashOf(email);
    const before = await this.#records.read(person);
    if (before === undefined || before.email === hashed) return;
    if (before.otherEmail !== undefined && before.otherEmail !== hashed)
      await this.#emails.free(person, before.otherEmail);
    await this.#records.update(person, (stored) => ({ ...stored, otherEmail: hashed }));
    await this.#emails.take(person, hashed);
  }

  /**
   * Replaces the present address by the reserved one. The earlier one is free from now on. A repeated call completes what a
   * crash interrupted.
   * @throws FleetError `conflict` if another address was reserved meanwhile
   */
  async changeEmail(person: string, email: string): Promise<void> {
    const hashed = this.#emails.hashOf(email);
    const stored = await this.#records.update(person, (before) =>
      before.otherEmail === hashed ? { ...before, email: hashed, otherEmail: before.email } : before,
    );
    if (stored === undefined) return;
    if (stored.email !== hashed)
      throw new FleetError("conflict", "the address is being changed elsewhere", { advice: "Try again." });
    if (stored.otherEmail !== undefined) await this.#emails.free(person, stored.otherEmail);
  }

  /**
   * Sets the name by which the person can also log in, instead of an earlier name; undefined: no name. A name with an @
   * is ignored. False if somebody else has the name.
   */
  async setName(person: string, name: string | undefined): Promise<boolean> {
    const hashed = name === undefined || isAddress(name) ? undefined : this.#names.hashOf(name);
    if (hashed !== undefined && !(await this.#names.take(person, hashed))) return false;
    let before: string | undefined;
    await this.#records.update(person, ({ name: earlier, ...stored }) => {
      before = earlier;
      return hashed === undefined ? stored : { ...stored, name: hashed };
    });
    if (before !== undefined && before !== hashed) await this.#names.free(person, before);
    return true;
  }

  /** As {@link EmailAddresses.firstId}. */
  firstId(email: string): Promise<string> {
    return this.#emails.firstId(this.#emails.hashOf(email));
  }

  /** @throws FleetError `invalid-request` for a wrong length */
  checkPassword(password: string, field?: string): void {
    checkPassword(password, field);
  }

  /** As {@link AccessInSteps.begin}. */
  beginChange(person: string, change: NewAccessChange): Promise<BegunChange | undefined> {
    return this.#access.begin(person, change);
  }

  /** As {@link AccessInSteps.complete}. */
  changeAccess(person: string, recorded: () => Promise<PersonAccess>, token?: string): Promise<void> {
    return this.#access.complete(person, recorded, token);
  }

  /** As {@link AccessInSteps.unfinished}. */
  unfinishedChanges(ms: number): ReturnType<AccessInSteps["unfinished"]> {
    return this.#access.unfinished(ms);
  }

  /**
   * A hash for {@link setPassword}.
   * @param key identifies the person
   * @param network the client's; networks take turns
   * @throws FleetError `invalid-request` for a bad password, `rate-limited` if too many are hashed
   */
  hashPassword(key: string, password: string, network?: string): Promise<string> {
    return this.#passwords.hash({ network, key }, password);
  }

  /** As {@link hashPassword}, for an address that may be unknown. */
  hashPasswordFor(email: string, password: string, network?: string): Promise<string> {
    return this.#passwords.hash({ network, key: this.#emails.hashOf(email) }, password);
  }

  /**
   * Sets the password and ends all sign-ins. A repeated call with the same code and hash changes nothing. Undefined if the
   * person has ended, or has another hash and this code was used before.
   */
  async setPassword(person: string, hashed: string, code?: string): Promise<PersonProof | undefined> {
    let isUsed = false;
    const stored = await this.#records.update(person, (before) => {
      isUsed = code !== undefined && before.code === code;
      if (isUsed) return before;
      const changed = { ...before, status: "active" as const, password: hashed, epoch: before.epoch + 1 };
      return code === undefined ? changed : { ...changed, code };
    });
    if (stored === undefined || (isUsed && stored.password !== hashed)) return undefined;
    return { person, epoch: stored.epoch };
  }

  /** Ends all sign-ins, and returns a new one; undefined if the person has ended. */
  async endSignIns(person: string): Promise<PersonProof | undefined> {
    const stored = await this.#records.update(person, (before) => ({ ...before, epoch: before.epoch + 1 }));
    return stored && { person, epoch: stored.epoch };
  }

  /** A proof for a sign-in without a password; undefined if the person can't sign in. */
  async proofOf(person: string): Promise<PersonProof | undefined> {
    const stored = await this.#records.read(person);
    return stored?.status === "active" ? { person, epoch: stored.epoch } : undefined;
  }

  /** Ends all sign-ins for good, and frees the email address. A repeated call completes what a crash interrupted. */
  async end(person: string): Promise<void> {
    await this.#records.update(person, ({ password: _, ...before }) => {
      return { ...before, status: "ended", epoch: before.epoch + 1 };
    });
    const stored = await this.#records.read(person);
    if (stored === undefined) return;
    for (const email of [stored.email, stored.otherEmail])
      if (email !== undefined) await this.#emails.free(person, email);
    if (stored.name !== undefined) await this.#names.free(person, stored.name);
  }

  /**
   * Does the same work for an unknown address or name.
   * @param login email address or user name
   * @param network the client's; networks take turns
   * @throws FleetError `rate-limited` if too many passwords wait
   */
  async verifyPassword(login: string, password: string, network?: string): Promise<PersonProof | undefined> {
    const { hashed, id, stored, isOwn } = await this.#byLogin(login);
    const right = await this.#passwords.verify({ network, key: hashed }, stored?.password, password);
    const mayEnter = stored?.status === "active" && isOwn;
    return right && id !== undefined && mayEnter ? { person: id, epoch: stored.epoch } : undefined;
  }

  async hasPassword(person: string): Promise<boolean> {
    return (await this.#records.read(person))?.password !== undefined;
  }

  async isPassword(person: string, password: string, network?: string): Promise<boolean> {
    return this.#passwords.verify({ network, key: person }, (await this.#records.read(person))?.password, password);
  }

  async verify({ person, epoch }: PersonProof): Promise<Person | undefined> {
    const stored = await this.#records.read(person);
    if (stored?.status !== "active" || stored.epoch !== epoch) return undefined;
    const { role, account } = stored;
    return { kind: "person", id: person, name: person, role, account, scope: scopeOfPerson(stored) };
  }

  /** Allows sign-ins without a password; undefined if the person has ended. */
  async activate(person: string): Promise<PersonProof | undefined> {
    const stored = await this.#records.read(person);
    const active =
      stored?.status === "active"
        ? stored
        : await this.#records.update(person, (before) => ({ ...before, status: "active" }));
    return active && { person, epoch: active.epoch };
  }

  /** Undefined if there is no such person. */
  async statusOf(person: string): Promise<StoredPerson["status"] | undefined> {
    return (await this.#records.read(person))?.status;
  }

  /** What the person may do now; undefined if they have ended, or can't sign in yet. */
  async accessOf(person: string): Promise<PersonAccess | undefined> {
    const stored = await this.#records.read(person);
    return stored?.status === "active" ? stored : undefined;
  }

  /**
   * The record of a login's person. An address that is only reserved for a person is not their own yet: see `isOwn`.
   */
  async #byLogin(login: string) {
    const byAddress = isAddress(login);
    const hashed = byAddress ? this.#emails.hashOf(login) : this.#names.hashOf(login);
    const id = await (byAddress ? this.#emails.find(hashed) : this.#names.find(hashed));
    const stored = await this.#records.read(id ?? NOBODY);
    return { hashed, id, stored, isOwn: hashed === (byAddress ? stored?.email : stored?.name) };
  }
}

function isAddress(login: string): boolean {
  return login.includes("@");
}
