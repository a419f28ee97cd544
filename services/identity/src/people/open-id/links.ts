import { decodeToken, encodeToken } from "@fleetlog/domain";
import { type Bucket, type Buckets, type Entry, openOnUse } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";

const MAX_BYTES = 64 * 1024 ** 2;

const Identity = Type.Object({
  person: Type.String(),
  /** Absent from the oldest entries. */
  link: Type.Optional(Type.String()),
});
export type OpenIdIdentity = Static<typeof Identity>;
const checkIdentity = checker(Identity);
const checkKey = checker(Type.Object({ key: Type.String() }));

/** Which person has which OpenID identity. The key is the keyed hash in `OpenIdPerson.key`. */
export class OpenIdLinks {
  readonly #bucket: () => Promise<Bucket>;
  #reading: Promise<readonly Entry[]> | undefined;

  constructor(buckets: Buckets) {
    this.#bucket = openOnUse(buckets, "open-ids", { maxBytes: MAX_BYTES });
  }

  async find(key: string): Promise<OpenIdIdentity | undefined> {
    const checked = checkIdentity((await (await this.#bucket()).get(key))?.value);
    return checked.ok ? checked.value : undefined;
  }

  /**
   * The links to the identity that `bind` and `rebind` have noted, in case its own entry is lost. Reads all links. Concurrent
   * calls share one read, because everybody who has signed in at the provider can cause it.
   */
  async linksTo(key: string): Promise<Required<OpenIdIdentity>[]> {
    this.#reading ??= this.#noted().finally(() => {
      this.#reading = undefined;
    });
    return (await this.#reading).flatMap(({ key: noted, value }) => {
      const checked = checkKey(value);
      const [, token = "", link = ""] = noted.split(".");
      const person = decodeToken(token);
      return checked.ok && checked.value.key === key && person !== undefined ? [{ person, link }] : [];
    });
  }

  async #noted(): Promise<readonly Entry[]> {
    return (await this.#bucket()).entries("person.");
  }

  /** Whether the link was noted, and not ended. */
  async isNoted(person: string, link: string): Promise<boolean> {
    return checkKey((await (await this.#bucket()).get(keyOf(person, link)))?.value).ok;
  }

  /** Binds an identity again whose own entry is lost. @returns false if the identity is bound */
  async restore(key: string, identity: Required<OpenIdIdentity>): Promise<boolean> {
    return (await (await this.#bucket()).create(key, identity)) !== undefined;
  }

  /** @returns false if the identity is bound already */
  async bind(key: string, person: string, link: string): Promise<boolean> {
    const bucket = await this.#bucket();
    // This entry is written first, so that every bound identity can be unbound.
    await bucket.put(keyOf(person, link), { key });
    if ((await bucket.create(key, { person, link } satisfies OpenIdIdentity)) !== undefined) return true;
    await bucket.delete(keyOf(person, link));
    return false;
  }

  /**
   * Gives the identity of a person who has ended to another person.
   * @returns false if the identity is no longer bound to `former`
   */
  async rebind(key: string, former: OpenIdIdentity, person: string, link: string): Promise<boolean> {
    const bucket = await this.#bucket();
    await bucket.put(keyOf(person, link), { key });
    const entry = await bucket.get(key);
    const checked = checkIdentity(entry?.value);
    const isFormer = checked.ok && checked.value.person === former.person && checked.value.link === former.link;
    const next: OpenIdIdentity = { person, link };
    const won = entry !== undefined && isFormer && (await bucket.update(key, next, entry.revision)) !== undefined;
    if (!won) await bucket.delete(keyOf(person, link));
    else if (former.link !== undefined) await bucket.delete(keyOf(former.person, former.link));
    return won;
  }

  /**
   * A repeated call changes nothing.
   * @param known the identity's key, in case the store has lost what `bind` has noted
   */
  async unbind(person: string, link: string, known?: string): Promise<void> {
    const bucket = await this.#bucket();
    const checked = checkKey((await bucket.get(keyOf(person, link)))?.value);
    const key = checked.ok ? checked.value.key : known;
    if (key === undefined) return;
    const bound = await bucket.get(key);
    const identity = checkIdentity(bound?.value);
    // The revision is given, because another person may be bound to the identity at this moment.
    if (identity.ok && identity.value.link === link) await bucket.delete(key, bound?.revision);
    await bucket.delete(keyOf(person, link));
  }
}

function keyOf(person: string, link: string): string {
  return `person.${encodeToken(person)}.${link}`;
}
