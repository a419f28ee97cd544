import { encodeToken, FleetError } from "@fleetlog/domain";
import { type Bucket, type Buckets, openOnUse } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";

const MAX_BYTES = 64 * 1024 ** 2;
const UPDATE_ATTEMPTS = 8;
/** Bounded, because all passkeys of a person are one record. */
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
const check = checker(Type.Object({ passkeys: Type.Array(Stored) }));

export class PasskeyStore {
  readonly #bucket: () => Promise<Bucket>;

  constructor(buckets: Buckets) {
    this.#bucket = openOnUse(buckets, "passkeys", { maxBytes: MAX_BYTES });
  }

  async of(person: string): Promise<readonly StoredPasskey[]> {
    return (await this.#read(person)).passkeys;
  }

  /** @throws FleetError `conflict` if the person has this passkey, `limit-reached` */
  async add(person: string, passkey: StoredPasskey): Promise<void> {
    await this.#change(person, (passkeys) => {
      checkNew(passkeys, passkey);
      return [...passkeys, passkey];
    });
  }

  async replace(
    person: string,
    id: string,
    change: (passkey: StoredPasskey) => StoredPasskey,
  ): Promise<StoredPasskey | undefined> {
    const after = await this.#change(person, (passkeys) => {
      return passkeys.map((passkey) => (passkey.id === id ? change(passkey) : passkey));
    });
    return after.find((passkey) => passkey.id === id);
  }

  async remove(person: string, id: string): Promise<boolean> {
    let found = false;
    await this.#change(person, (passkeys) => {
      const others = passkeys.filter((passkey) => passkey.id !== id);
      found = others.length < passkeys.length;
      return others;
    });
    return found;
  }

  async end(person: string): Promise<void> {
    await (await this.#bucket()).delete(keyOf(person));
  }

  async #read(person: string): Promise<{ readonly passkeys: StoredPasskey[]; readonly revision?: number }> {
    const entry = await (await this.#bucket()).get(keyOf(person));
    const checked = check(entry?.value);
    const passkeys = checked.ok ? checked.value.passkeys : [];
    return { passkeys, ...(entry !== undefined && { revision: entry.revision }) };
  }

  async #change(
    person: string,
    change: (passkeys: readonly StoredPasskey[]) => readonly StoredPasskey[],
  ): Promise<readonly StoredPasskey[]> {
    const bucket = await this.#bucket();
    for (let attempt = 0; attempt < UPDATE_ATTEMPTS; attempt++) {
      const { passkeys: before, revision } = await this.#read(person);
      const passkeys = change(before);
      if (revision === undefined && passkeys.length === 0) return passkeys;
      const key = keyOf(person);
      const written =
        revision === undefined
          ? await bucket.create(key, { passkeys })
          : await bucket.update(key, { passkeys }, revision);
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
