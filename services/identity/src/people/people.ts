import { encodeToken, FleetError, type Person, type PersonAccess, scopeOfPerson } from "@fleetlog/domain";
import { type Bucket, type Buckets, openOnUse } from "@fleetlog/log";
import { checker, ROLE_NAMES } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";
import { hashOf, sameHash } from "../tokens.ts";
import { newOneTimeCode } from "./one-time-code.ts";
import { checkPassword, Passwords } from "./passwords.ts";

const MAX_BYTES = 256 * 1024 ** 2;
const CODES = { maxBytes: 16 * 1024 ** 2, ttlMs: 86_400_000 };
/** Too few to find a code, too many to use up by mistake. */
const MAX_TRIES = 10_000;
const UPDATE_ATTEMPTS = 8;
const NOBODY = "nobody";
const NO_HASH = "0".repeat(64);

const Stored = Type.Object({
  status: Type.Enum(["invited", "active", "ended"]),
  role: Type.Enum(ROLE_NAMES),
  account: Type.String(),
  tags: Type.Optional(Type.Array(Type.String())),
  /** Keyed hash of the email address. */
  email: Type.String(),
  /** Sign-ins of an earlier epoch have ended. */
  epoch: Type.Integer(),
  /** Argon2id. */
  password: Type.Optional(Type.String()),
});
type Stored = Static<typeof Stored>;
const checkStored = checker(Stored);
const checkIndex = checker(Type.Object({ person: Type.String() }));
const checkCode = checker(Type.Object({ hash: Type.String(), until: Type.Integer(), tries: Type.Integer() }));

/** Who signed in, until the epoch ends. */
export interface PersonProof {
  readonly person: string;
  readonly epoch: number;
}

/**
 * How people sign in: passwords, one-time codes, and the access of each person. Every call rejects with FleetError
 * `log-unavailable` while the store can't be reached.
 */
export class People {
  readonly #bucket: () => Promise<Bucket>;
  readonly #codes: () => Promise<Bucket>;
  readonly #hashEmail: (address: string) => string;
  readonly #clock: () => number;
  readonly #passwords = new Passwords();

  /** @param hashEmail a keyed hash of a normalised email address */
  constructor(buckets: Buckets, hashEmail: (address: string) => string, clock: () => number = Date.now) {
    this.#bucket = openOnUse(buckets, "people", { maxBytes: MAX_BYTES });
    this.#codes = openOnUse(buckets, "people-codes", CODES);
    this.#hashEmail = (email) => hashEmail(normalEmail(email));
    this.#clock = clock;
  }

  /** Adds a person who can't sign in yet. @throws FleetError `person-exists` if another one has that address */
  async add(person: string, email: string, { role, account, tags }: PersonAccess): Promise<void> {
    const bucket = await this.#bucket();
    const hashed = this.#hashEmail(email);
    if ((await bucket.create(`email.${hashed}`, { person })) === undefined) {
      if ((await this.#idOf(hashed)) !== person) {
        throw new FleetError("person-exists", "somebody has this email address already", { field: "email" });
      }
    }
    const limits = tags === undefined ? {} : { tags: [...tags] };
    const stored: Stored = { status: "invited", role, account, ...limits, email: hashed, epoch: 1 };
    await bucket.create(keyOf(person), stored);
  }

  /** Whether somebody has this address. */
  async isKnown(email: string): Promise<boolean> {
    return (await this.#idOf(this.#hashEmail(email))) !== undefined;
  }

  /** @throws FleetError `invalid-request` if it is too short or too long */
  checkPassword(password: string, field?: string): void {
    checkPassword(password, field);
  }

  /** Replaces role, account and tags; sign-ins stay valid. */
  async changeAccess(person: string, { role, account, tags }: PersonAccess): Promise<void> {
    await this.#update(person, ({ tags: _, ...stored }) => {
      return { ...stored, role, account, ...(tags !== undefined && { tags: [...tags] }) };
    });
  }

  /** Sets the password and ends all sign-ins. @throws FleetError `invalid-request` for a bad password */
  async setPassword(person: string, password: string): Promise<PersonProof | undefined> {
    const hashed = await this.#passwords.hash(person, password);
    const stored = await this.#update(person, (before) => {
      return { ...before, status: "active", password: hashed, epoch: before.epoch + 1 };
    });
    return stored && { person, epoch: stored.epoch };
  }

  /** Ends all sign-ins; the person may sign in again. */
  async endSignIns(person: string): Promise<void> {
    await this.#update(person, (before) => ({ ...before, epoch: before.epoch + 1 }));
  }

  /** Ends all sign-ins for good, and frees the email address. A repeated call changes nothing. */
  async end(person: string): Promise<void> {
    const stored = await this.#update(person, ({ password: _, ...before }) => {
      return { ...before, status: "ended", epoch: before.epoch + 1 };
    });
    if (stored === undefined) return;
    if ((await this.#idOf(stored.email)) === person) await (await this.#bucket()).delete(`email.${stored.email}`);
    await (await this.#codes()).delete(keyOf(person));
  }

  /** The same work whether or not the address is known. @throws FleetError `rate-limited` if too many are checked */
  async verifyPassword(email: string, password: string): Promise<PersonProof | undefined> {
    const hashed = this.#hashEmail(email);
    const id = await this.#idOf(hashed);
    const stored = await this.#read(id ?? NOBODY);
    const right = await this.#passwords.verify(hashed, stored?.password, password);
    return right && id !== undefined && stored?.status === "active" ? { person: id, epoch: stored.epoch } : undefined;
  }

  /** As `verifyPassword`, for somebody who is signed in. */
  async isPassword(person: string, password: string): Promise<boolean> {
    return this.#passwords.verify(person, (await this.#read(person))?.password, password);
  }

  /** The person as they are now; undefined if the sign-in has ended. */
  async verify({ person, epoch }: PersonProof): Promise<Person | undefined> {
    const stored = await this.#read(person);
    if (stored?.status !== "active" || stored.epoch !== epoch) return undefined;
    const { role, account } = stored;
    return { kind: "person", id: person, name: person, role, account, scope: scopeOfPerson(stored) };
  }

  /** The id of whoever has this address. */
  find(email: string): Promise<string | undefined> {
    return this.#idOf(this.#hashEmail(email));
  }

  /** Lets a person sign in who needs no password. Undefined if they have ended. */
  async activate(person: string): Promise<PersonProof | undefined> {
    const stored = await this.#read(person);
    const active =
      stored?.status === "active" ? stored : await this.#update(person, (before) => ({ ...before, status: "active" }));
    return active && { person, epoch: active.epoch };
  }

  /** What the person may do now; undefined if they have ended, or can't sign in yet. */
  async accessOf(person: string): Promise<PersonAccess | undefined> {
    const stored = await this.#read(person);
    return stored?.status === "active" ? stored : undefined;
  }

  /** A code that lets the person set a password, once, until `until`; it replaces earlier ones. */
  async makeCode(person: string, until: number): Promise<string> {
    const code = newOneTimeCode();
    await (await this.#codes()).put(keyOf(person), { hash: hashOf(code), until, tries: 0 });
    return code;
  }

  /** The person whose code it is; it can't be used again. */
  async useCode(email: string, code: string): Promise<string | undefined> {
    const id = await this.#idOf(this.#hashEmail(email));
    const codes = await this.#codes();
    const key = keyOf(id ?? NOBODY);
    for (let attempt = 0; attempt < UPDATE_ATTEMPTS; attempt++) {
      const entry = await codes.get(key);
      const checked = checkCode(entry?.value);
      const { hash, until, tries } = checked.ok ? checked.value : { hash: NO_HASH, until: 0, tries: 0 };
      const right = sameHash(hashOf(code.trim().toUpperCase()), hash);
      if (entry === undefined || id === undefined || tries >= MAX_TRIES || until <= this.#clock()) {
        // Takes as long as counting a wrong code.
        await codes.put(keyOf(NOBODY), { hash: NO_HASH, until: 0, tries: 0 });
        return undefined;
      }
      const after = right ? { hash: NO_HASH, until: 0, tries } : { hash, until, tries: tries + 1 };
      if ((await codes.update(key, after, entry.revision)) !== undefined) return right ? id : undefined;
    }
    throw new FleetError("conflict", "the code is being used elsewhere", { advice: "Try again." });
  }

  async #idOf(hashedEmail: string): Promise<string | undefined> {
    const checked = checkIndex((await (await this.#bucket()).get(`email.${hashedEmail}`))?.value);
    return checked.ok ? checked.value.person : undefined;
  }

  async #read(person: string): Promise<Stored | undefined> {
    const checked = checkStored((await (await this.#bucket()).get(keyOf(person)))?.value);
    return checked.ok ? checked.value : undefined;
  }

  /** Undefined if there is no such person, or if they have ended. */
  async #update(person: string, change: (stored: Stored) => Stored): Promise<Stored | undefined> {
    const bucket = await this.#bucket();
    for (let attempt = 0; attempt < UPDATE_ATTEMPTS; attempt++) {
      const entry = await bucket.get(keyOf(person));
      const checked = checkStored(entry?.value);
      if (entry === undefined || !checked.ok || checked.value.status === "ended") return undefined;
      const changed = change(checked.value);
      if ((await bucket.update(keyOf(person), changed, entry.revision)) !== undefined) return changed;
    }
    throw new FleetError("conflict", "the person is being changed elsewhere", { advice: "Try again." });
  }
}

/** Addresses that differ only in case or in Unicode form are one. */
export function normalEmail(email: string): string {
  return email.trim().normalize("NFC").toLowerCase();
}

function keyOf(person: string): string {
  return `person.${encodeToken(person)}`;
}
