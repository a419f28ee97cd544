import { randomUUID } from "node:crypto";
import {
  decodeToken,
  encodeToken,
  FleetError,
  type Person,
  type PersonAccess,
  sameJson,
  scopeOfPerson,
} from "@fleetlog/domain";
import { type Bucket, type Buckets, openOnUse } from "@fleetlog/log";
import { checker, ROLE_NAMES } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";
import { type LookupCache, lookupCache } from "../lookup-cache.ts";
import { hashOf } from "../tokens.ts";
import { AccessChange, changedAccess, leftBy, type NewAccessChange } from "./access-change.ts";
import { LoginNames } from "./login-names.ts";
import { checkPassword, Passwords } from "./passwords.ts";
import { inBoth } from "./within.ts";

const MAX_BYTES = 256 * 1024 ** 2;
const UPDATE_ATTEMPTS = 8;
const NOBODY = "nobody";
const PEOPLE = "person.";
const RECENT = { ttlMs: 400, maxEntries: 1_000 };

const Stored = Type.Object({
  status: Type.Enum(["invited", "active", "ended"]),
  role: Type.Enum(ROLE_NAMES),
  account: Type.String(),
  tags: Type.Optional(Type.Array(Type.String())),
  /** Keyed hash of the email address. */
  email: Type.String(),
  /** Keyed hash of the address that the person takes next, or had before. */
  otherEmail: Type.Optional(Type.String()),
  /** Keyed hash of the user name by which the person logs in. */
  name: Type.Optional(Type.String()),
  /** Sign-ins of an earlier epoch have ended. */
  epoch: Type.Integer(),
  /** Argon2id. */
  password: Type.Optional(Type.String()),
  /** Id of the one-time code that set the password. */
  code: Type.Optional(Type.String()),
  changing: Type.Optional(AccessChange),
});
type Stored = Static<typeof Stored>;
const checkStored = checker(Stored);
const checkIndex = checker(Type.Object({ person: Type.String() }));

/** A sign-in, valid until the person's epoch changes. */
export interface PersonProof {
  readonly person: string;
  readonly epoch: number;
}

export interface BegunChange {
  readonly token: string;
  readonly takesAway: boolean;
  readonly earlier: readonly NewAccessChange[];
}

/** Passwords and access of people. */
export class People {
  readonly #bucket: () => Promise<Bucket>;
  readonly #hashEmail: (address: string) => string;
  readonly #passwords = new Passwords();

  readonly #clock: () => number;
  readonly #names: LoginNames;
  readonly #recent: LookupCache<string>;

  /** @param hashEmail keyed hash of a normalised email address */
  constructor(buckets: Buckets, hashEmail: (address: string) => string, clock: () => number = Date.now) {
    this.#bucket = openOnUse(buckets, "people", { maxBytes: MAX_BYTES });
    this.#hashEmail = (email) => hashEmail(normalEmail(email));
    this.#clock = clock;
    this.#names = new LoginNames({
      bucket: this.#bucket,
      hash: hashEmail,
      statusOf: (person) => this.statusOf(person),
      clock,
    });
    this.#recent = lookupCache<string>({ ...RECENT, now: () => performance.now() });
  }

  /** Adds a person who can't sign in yet. @throws FleetError `person-exists` if another person has the address */
  async add(person: string, email: string, { role, account, tags }: PersonAccess): Promise<void> {
    const bucket = await this.#bucket();
    const hashed = this.#hashEmail(email);
    if ((await bucket.create(`email.${hashed}`, { person })) === undefined) {
      if ((await this.#idOf(hashed)) !== person) {
        throw taken();
      }
    }
    const limits = tags === undefined ? {} : { tags: [...tags] };
    const stored: Stored = { status: "invited", role, account, ...limits, email: hashed, epoch: 1 };
    await bucket.create(keyOf(person), stored);
  }

  /** @param login email address or user name */
  async find(login: string): Promise<string | undefined> {
    const { id, stored, isOwn } = await this.#byLogin(login);
    return stored === undefined || isOwn ? id : undefined;
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
    const bucket = await this.#bucket();
    const hashed = this.#hashEmail(email);
    const before = await this.#read(person);
    if (before === undefined || before.email === hashed) return;
    if (before.otherEmail !== undefined && before.otherEmail !== hashed) await this.#free(person, before.otherEmail);
    await this.#update(person, (stored) => ({ ...stored, otherEmail: hashed }));
    if ((await bucket.create(`email.${hashed}`, { person })) !== undefined) return;
    if ((await this.#idOf(hashed)) !== person) throw taken();
  }

  /**
   * Replaces the present address by the reserved one. The earlier one is free from now on. A repeated call completes what a
   * crash interrupted.
   * @throws FleetError `conflict` if another address was reserved meanwhile
   */
  async changeEmail(person: string, email: string): Promise<void> {
    const hashed = this.#hashEmail(email);
    const stored = await this.#update(person, (before) =>
      before.otherEmail === hashed ? { ...before, email: hashed, otherEmail: before.email } : before,
    );
    if (stored === undefined) return;
    if (stored.email !== hashed)
      throw new FleetError("conflict", "the address is being changed elsewhere", { advice: "Try again." });
    if (stored.otherEmail !== undefined) await this.#free(person, stored.otherEmail);
  }

  /**
   * Lets the person log in by this name too, instead of an earlier one; undefined: by no name. A name with an @ is
   * ignored. False if somebody else has the name.
   */
  async setName(person: string, name: string | undefined): Promise<boolean> {
    const hashed = name === undefined || isAddress(name) ? undefined : this.#names.hashOf(name);
    if (hashed !== undefined && !(await this.#names.take(person, hashed))) return false;
    let before: string | undefined;
    await this.#update(person, ({ name: earlier, ...stored }) => {
      before = earlier;
      return hashed === undefined ? stored : { ...stored, name: hashed };
    });
    if (before !== undefined && before !== hashed) await this.#names.free(person, before);
    return true;
  }

  /**
   * The id for whoever becomes the first administrator with this address: the same in each call, until that person ends.
   */
  async firstId(email: string): Promise<string> {
    const bucket = await this.#bucket();
    const key = `first.${this.#hashEmail(email)}`;
    await bucket.create(key, { person: randomUUID() });
    const checked = checkIndex((await bucket.get(key))?.value);
    return checked.ok ? checked.value.person : randomUUID();
  }

  /** @throws FleetError `invalid-request` for a wrong length */
  checkPassword(password: string, field?: string): void {
    checkPassword(password, field);
  }

  /**
   * Begins a change of role, tags and account: what it takes away ends now, what it gives waits for {@link changeAccess}.
   * Undefined for an unknown or ended person. `earlier` is what unfinished changes have left, which must be recorded first.
   */
  async beginChange(person: string, change: NewAccessChange): Promise<BegunChange | undefined> {
    const token = randomUUID();
    let takesAway = false;
    let earlier: readonly NewAccessChange[] = [];
    const stored = await this.#update(person, (before) => {
      const kept = inBoth(before, changedAccess(before, change));
      takesAway = !sameJson(kept, accessIn(before));
      earlier = leftBy(before.changing, change);
      const left = earlier.length === 0 ? {} : { earlier: [...earlier] };
      return { ...withAccess(before, kept), changing: { ...change, token, at: this.#clock(), ...left } };
    });
    return stored && { token, takesAway, earlier };
  }

  /**
   * Replaces role, account and tags, unless another change than that of the token is unfinished; sign-ins stay valid.
   * @param recorded reads the newest access. It is called again if the person changes meanwhile
   */
  async changeAccess(person: string, recorded: () => Promise<PersonAccess>, token?: string): Promise<void> {
    await this.#update(person, async (stored) => {
      // Without any, another call has completed this change, but this call may have recorded its own event after that.
      if (stored.changing !== undefined && stored.changing.token !== token) return stored;
      const { changing: _, ...settled } = withAccess(stored, await recorded());
      return settled;
    });
  }

  /** Changes that began `ms` ago or earlier and have not ended: a crash or the log interrupted them. */
  async unfinishedChanges(ms: number): Promise<(AccessChange & { readonly person: string })[]> {
    const entries = await (await this.#bucket()).entries(PEOPLE);
    return entries.flatMap(({ key, value }) => {
      const checked = checkStored(value);
      const change = checked.ok && checked.value.status !== "ended" ? checked.value.changing : undefined;
      if (change === undefined || this.#clock() - change.at < ms) return [];
      const person = decodeToken(key.slice(PEOPLE.length));
      return person === undefined ? [] : [{ ...change, person }];
    });
  }

  /**
   * A hash for {@link setPassword}.
   * @param key whose password it is
   * @param network the client's; networks take turns
   * @throws FleetError `invalid-request` for a bad password, `rate-limited` if too many are hashed
   */
  hashPassword(key: string, password: string, network?: string): Promise<string> {
    return this.#passwords.hash({ network, key }, password);
  }

  /** As {@link hashPassword}, for an address that may be unknown. */
  hashPasswordFor(email: string, password: string, network?: string): Promise<string> {
    return this.#passwords.hash({ network, key: this.#hashEmail(email) }, password);
  }

  /**
   * Sets the password and ends all sign-ins. A repeated call with the same code and hash changes nothing. Undefined if the
   * person has ended, or has another hash and this code was used before.
   */
  async setPassword(person: string, hashed: string, code?: string): Promise<PersonProof | undefined> {
    let isUsed = false;
    const stored = await this.#update(person, (before) => {
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
    const stored = await this.#update(person, (before) => ({ ...before, epoch: before.epoch + 1 }));
    return stored && { person, epoch: stored.epoch };
  }

  /** For a sign-in without a password; undefined if the person can't sign in. */
  async proofOf(person: string): Promise<PersonProof | undefined> {
    const stored = await this.#read(person);
    return stored?.status === "active" ? { person, epoch: stored.epoch } : undefined;
  }

  /** Ends all sign-ins for good, and frees the email address. A repeated call completes what a crash interrupted. */
  async end(person: string): Promise<void> {
    await this.#update(person, ({ password: _, ...before }) => {
      return { ...before, status: "ended", epoch: before.epoch + 1 };
    });
    const stored = await this.#read(person);
    if (stored === undefined) return;
    for (const email of [stored.email, stored.otherEmail]) if (email !== undefined) await this.#free(person, email);
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
    return (await this.#read(person))?.password !== undefined;
  }

  async isPassword(person: string, password: string, network?: string): Promise<boolean> {
    return this.#passwords.verify({ network, key: person }, (await this.#read(person))?.password, password);
  }

  async verify({ person, epoch }: PersonProof): Promise<Person | undefined> {
    const stored = await this.#read(person);
    if (stored?.status !== "active" || stored.epoch !== epoch) return undefined;
    const { role, account } = stored;
    return { kind: "person", id: person, name: person, role, account, scope: scopeOfPerson(stored) };
  }

  /** Allows sign-ins without a password; undefined if the person has ended. */
  async activate(person: string): Promise<PersonProof | undefined> {
    const stored = await this.#read(person);
    const active =
      stored?.status === "active" ? stored : await this.#update(person, (before) => ({ ...before, status: "active" }));
    return active && { person, epoch: active.epoch };
  }

  /** Undefined if there is no such person. */
  async statusOf(person: string): Promise<Stored["status"] | undefined> {
    return (await this.#read(person))?.status;
  }

  /** What the person may do now; undefined if they have ended, or can't sign in yet. */
  async accessOf(person: string): Promise<PersonAccess | undefined> {
    const stored = await this.#read(person);
    return stored?.status === "active" ? stored : undefined;
  }

  async #free(person: string, hashedEmail: string): Promise<void> {
    const bucket = await this.#bucket();
    for (const key of [`email.${hashedEmail}`, `first.${hashedEmail}`]) {
      const checked = checkIndex((await bucket.get(key))?.value);
      if (checked.ok && checked.value.person === person) await bucket.delete(key);
    }
  }

  /** An address that is only reserved for a person is not their own yet. */
  async #byLogin(login: string) {
    const byAddress = isAddress(login);
    const hashed = byAddress ? this.#hashEmail(login) : this.#names.hashOf(login);
    const id = await (byAddress ? this.#idOf(hashed) : this.#names.find(hashed));
    const stored = await this.#read(id ?? NOBODY);
    return { hashed, id, stored, isOwn: hashed === (byAddress ? stored?.email : stored?.name) };
  }

  async #idOf(hashedEmail: string): Promise<string | undefined> {
    const checked = checkIndex((await (await this.#bucket()).get(`email.${hashedEmail}`))?.value);
    return checked.ok ? checked.value.person : undefined;
  }

  async #read(person: string): Promise<Stored | undefined> {
    const checked = checkStored((await (await this.#bucket()).get(keyOf(person)))?.value);
    return checked.ok ? checked.value : undefined;
  }

  /** Undefined for an unknown or ended person. */
  async #update(person: string, change: (stored: Stored) => Stored | Promise<Stored>): Promise<Stored | undefined> {
    const bucket = await this.#bucket();
    for (let attempt = 0; attempt < UPDATE_ATTEMPTS; attempt++) {
      const entry = await bucket.get(keyOf(person));
      const checked = checkStored(entry?.value);
      if (entry === undefined || !checked.ok || checked.value.status === "ended") return undefined;
      const changed = await change(checked.value);
      if ((await bucket.update(keyOf(person), changed, entry.revision)) !== undefined) return changed;
    }
    throw new FleetError("conflict", "the person is being changed elsewhere", { advice: "Try again." });
  }
}

function isAddress(login: string): boolean {
  return login.includes("@");
}

/** Addresses that differ only in case or Unicode form are equal. */
export function normalEmail(email: string): string {
  return email.trim().normalize("NFC").toLowerCase();
}

function taken(): FleetError {
  return new FleetError("person-exists", "somebody has this email address already", { field: "email" });
}

function keyOf(person: string): string {
  return PEOPLE + encodeToken(person);
}

function accessIn({ role, account, tags }: PersonAccess): PersonAccess {
  return { role, account, ...(tags !== undefined && { tags }) };
}

function withAccess({ tags: _, ...stored }: Stored, access: PersonAccess): Stored {
  const { role, account, tags } = access;
  return { ...stored, role, account, ...(tags !== undefined && { tags: [...tags] }) };
}
