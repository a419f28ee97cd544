import { encodeToken, FleetError } from "@fleetlog/domain";
import { type Bucket, type Buckets, openOnUse } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";

const MAX_BYTES = 64 * 1024 ** 2;
const UPDATE_ATTEMPTS = 8;
/** Maximum number of a person's passkeys, because all of them are one record. */
export const MAX_PASSKEYS = 100;

const Stored = Type.Object({
  id: Type.String(),
  name: Type.Object({ subject: Type.String(), sealed: Type.String() }),
  site: Type.String(),
  /** The authenticator's id of the passkey, base64url. */
  credential: Type.String(),
  transports: Type.Array(Type.String()),
  /** COSE key, base64url. */
  publicKey: Type.String(),
  counter: Type.Integer(),
  addedAt: Type.Integer(),
  usedAt: Type.Optional(Type.Integer()),
});
export type StoredPasskey = Static<typeof Stored>;
const Record = Type.Object({
  passkeys: Type.Array(Stored),
  /** The text `by` of the last call of `markAsSecondFactor`. */
  counted: Type.Optional(Type.String()),
  /** The person has ended. */
  ended: Type.Optional(Type.Literal(true)),
});
type Record = Static<typeof Record>;
const check = checker(Record);

export type RemovalCheck = (removed: StoredPasskey, others: readonly StoredPasskey[]) => void | Promise<void>;

export class PasskeyStore {
  readonly #bucket: () => Promise<Bucket>;

  constructor(buckets: Buckets) {
    this.#bucket = openOnUse(buckets, "passkeys", { maxBytes: MAX_BYTES });
  }

  async of(person: string): Promise<readonly StoredPasskey[]> {
    return (await this.#read(person)).passkeys;
  }

  /** Whether the store has an entry that can be read. It may have no passkey. */
  async isStored(person: string): Promise<boolean> {
    return check((await (await this.#bucket()).get(keyOf(person)))?.value).ok;
  }

  /** @throws FleetError `conflict` if the person has it already, `limit-reached`, `person-ended` */
  async add(person: string, passkey: StoredPasskey): Promise<void> {
    await this.#change(person, ({ passkeys, ended }) => {
      if (ended) throw new FleetError("person-ended", "your access has ended");
      checkNew(passkeys, passkey);
      return [...passkeys, passkey];
    });
  }

  async replace(
    person: string,
    id: string,
    change: (passkey: StoredPasskey) => StoredPasskey,
  ): Promise<StoredPasskey | undefined> {
    const after = await this.#change(person, ({ passkeys }) => {
      return passkeys.map((passkey) => (passkey.id === id ? change(passkey) : passkey));
    });
    return after.find((passkey) => passkey.id === id);
  }

  /**
   * False if there is no such passkey.
   * @param check throws if the passkey must stay. It is called again when the passkeys have changed meanwhile.
   */
  async remove(person: string, id: string, check: RemovalCheck = () => {}): Promise<boolean> {
    let found = false;
    await this.#change(person, async ({ passkeys }) => {
      const removed = passkeys.find((passkey) => passkey.id === id);
      found = removed !== undefined;
      if (removed === undefined) return passkeys;
      const others = passkeys.filter((passkey) => passkey.id !== id);
      await check(removed, others);
      return others;
    });
    return found;
  }

  /**
   * Notes that the passkeys are the person's second factor. A concurrent removal then fails its update, and is checked
   * again. False if the person has no passkey of this site.
   * @param by a new text for each call, so that the record changes
   */
  async markAsSecondFactor(person: string, site: string, by: string): Promise<boolean> {
    const isOfSite = (passkey: StoredPasskey) => passkey.site === site;
    return (await this.#change(person, ({ passkeys }) => passkeys, { counted: by })).some(isOfSite);
  }

  /** Deletes all passkeys of a person who has ended; none can be added any more. */
  async end(person: string): Promise<void> {
    await (await this.#bucket()).put(keyOf(person), { passkeys: [], ended: true } satisfies Record);
  }

  async #read(person: string): Promise<Record & { readonly revision?: number }> {
    const entry = await (await this.#bucket()).get(keyOf(person));
    const checked = check(entry?.value);
    return { ...(checked.ok ? checked.value : { passkeys: [] }), ...(entry && { revision: entry.revision }) };
  }

  async #change(
    person: string,
    change: (before: Record) => StoredPasskey[] | Promise<StoredPasskey[]>,
    more: Partial<Record> = {},
  ): Promise<readonly StoredPasskey[]> {
    const bucket = await this.#bucket();
    for (let attempt = 0; attempt < UPDATE_ATTEMPTS; attempt++) {
      const { revision, ...before } = await this.#read(person);
      const passkeys = await change(before);
      if (before.ended || (revision === undefined && passkeys.length === 0)) return passkeys;
      const key = keyOf(person);
      const after: Record = { ...before, ...more, passkeys };
      const written =
        revision === undefined ? await bucket.create(key, after) : await bucket.update(key, after, revision);
      if (written !== undefined) return passkeys;
    }
    throw new FleetError("conflict", "your passkeys are being changed elsewhere", { advice: "Try again." });
  }
}

/** @throws FleetError `limit-reached` */
export function checkNumber(passkeys: readonly StoredPasskey[]): void {
  if (passkeys.length < MAX_PASSKEYS) return;
  throw new FleetError("limit-reached", `a person has at most ${MAX_PASSKEYS} passkeys`, {
    advice: "Remove one that you do not use.",
  });
}

/** @throws FleetError `conflict` if the person has this passkey, `limit-reached` */
export function checkNew(passkeys: readonly StoredPasskey[], { credential, site }: StoredPasskey): void {
  checkNumber(passkeys);
  if (!passkeys.some((known) => known.credential === credential && known.site === site)) return;
  throw new FleetError("conflict", "you have added this passkey before");
}

function keyOf(person: string): string {
  return `person.${encodeToken(person)}`;
}
