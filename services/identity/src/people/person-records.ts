import { decodeToken, encodeToken, FleetError } from "@fleetlog/domain";
import type { Bucket } from "@fleetlog/log";
import { checker, ROLE_NAMES } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";
import { AccessChange } from "./access-change.ts";

const UPDATE_ATTEMPTS = 8;
const PREFIX = "person.";

export const StoredPerson = Type.Object({
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
export type StoredPerson = Static<typeof StoredPerson>;
const checkStored = checker(StoredPerson);

/** The stored records of people, by id. */
export class PersonRecords {
  readonly #bucket: () => Promise<Bucket>;

  constructor(bucket: () => Promise<Bucket>) {
    this.#bucket = bucket;
  }

  /** Does nothing if the person has a record. */
  async create(person: string, stored: StoredPerson): Promise<void> {
    await (await this.#bucket()).create(keyOf(person), stored);
  }

  async read(person: string): Promise<StoredPerson | undefined> {
    const checked = checkStored((await (await this.#bucket()).get(keyOf(person)))?.value);
    return checked.ok ? checked.value : undefined;
  }

  async all(): Promise<{ readonly person: string; readonly stored: StoredPerson }[]> {
    const entries = await (await this.#bucket()).entries(PREFIX);
    return entries.flatMap(({ key, value }) => {
      const checked = checkStored(value);
      const person = decodeToken(key.slice(PREFIX.length));
      return checked.ok && person !== undefined ? [{ person, stored: checked.value }] : [];
    });
  }

  /** Undefined for an unknown or ended person. @throws FleetError `conflict` after eight attempts */
  async update(
    person: string,
    change: (stored: StoredPerson) => StoredPerson | Promise<StoredPerson>,
  ): Promise<StoredPerson | undefined> {
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

function keyOf(person: string): string {
  return PREFIX + encodeToken(person);
}
