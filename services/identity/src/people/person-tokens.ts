import { randomBytes } from "node:crypto";
import type { Person } from "@fleetlog/domain";
import { type Bucket, type Buckets, openOnUse } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";
import { lookupCache } from "../lookup-cache.ts";
import { hashOf, sameHash } from "../tokens.ts";
import type { People, PersonProof } from "./people.ts";

const MAX_BYTES = 64 * 1024 ** 2;
const ACCESS_MS = 15 * 60_000;
/** A family ends after this time without a refresh. */
const FAMILY_MS = 30 * 86_400_000;
const CACHE = { ttlMs: 400, maxEntries: 10_000 };
const PATTERN = /^fl[ar]_([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/;

const Family = Type.Object({
  person: Type.String(),
  epoch: Type.Integer(),
  refresh: Type.String({ description: "Hash of the refresh token" }),
  /** Absent from the oldest families. */
  provedAt: Type.Optional(Type.Integer()),
  access: Type.Array(Type.Object({ hash: Type.String(), until: Type.Integer() })),
});
type Family = Static<typeof Family>;
const checkFamily = checker(Family);

export interface PersonTokenPair {
  readonly accessToken: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly refreshToken: string;
}

/** `reused`: the refresh token was used before, so the family of this sign-in has ended. */
export type Refreshed = { readonly pair: PersonTokenPair } | { readonly reused: PersonProof };

/**
 * Access tokens (15 minutes) and refresh tokens of people. The tokens of one log-in are a family. A family ends with a
 * log-out, with a refresh token that is used twice, or with the person's sign-ins.
 */
export class PersonTokens {
  readonly #bucket: () => Promise<Bucket>;
  readonly #people: People;
  readonly #clock: () => number;
  readonly #onEnded: (person: string) => void;
  readonly #cached: ReturnType<typeof lookupCache<Person>>;

  /** @param onEnded called after the end of a family, so that other nodes look its tokens up again */
  constructor(
    buckets: Buckets,
    people: People,
    clock: () => number = Date.now,
    onEnded: (person: string) => void = () => {},
  ) {
    this.#onEnded = onEnded;
    this.#bucket = openOnUse(buckets, "people-tokens", { maxBytes: MAX_BYTES, ttlMs: FAMILY_MS });
    this.#people = people;
    this.#clock = clock;
    this.#cached = lookupCache<Person>({ ...CACHE, now: () => performance.now() });
  }

  static isAccessToken(token: string): boolean {
    return token.startsWith("fla_");
  }

  async issue({ person, epoch }: PersonProof): Promise<PersonTokenPair> {
    const family = randomBytes(16).toString("base64url");
    const { pair, refresh, access } = this.#make(family);
    const begun: Family = { person, epoch, refresh, access: [access], provedAt: this.#clock() };
    await (await this.#bucket()).put(keyOf(family), begun);
    return pair;
  }

  /** New tokens; undefined for an invalid refresh token. A refresh token that was used before ends its family. */
  async refresh(token: string): Promise<Refreshed | undefined> {
    for (;;) {
      const found = await this.#find(token, "flr_");
      if (found === undefined) return undefined;
      const { id, family, revision } = found;
      if (!sameHash(hashOf(token), family.refresh)) {
        await this.#end(id, family.person);
        return { reused: { person: family.person, epoch: family.epoch } };
      }
      if ((await this.#people.verify(family)) === undefined) return undefined;
      const { pair, refresh, access } = this.#make(id);
      const valid = family.access.filter(({ until }) => until > this.#clock()).slice(-4);
      const changed: Family = { ...family, refresh, access: [...valid, access] };
      if ((await (await this.#bucket()).update(keyOf(id), changed, revision)) !== undefined) return { pair };
      // Another call has changed the family: it has used this token, or has only noted a proof of identity.
    }
  }

  /** The person of an access token, at most 400 ms old; undefined for an invalid token. */
  verify(token: string): Promise<Person | undefined> {
    return this.#cached.get(hashOf(token), async () => {
      const proof = await this.proofOf(token);
      return proof && this.#people.verify(proof);
    });
  }

  /** The person of an access token's log-in, even after the token's own end; undefined if the log-in has ended. */
  async personOfLogIn(token: string): Promise<Person | undefined> {
    const found = await this.#find(token, "fla_");
    return found && this.#people.verify(found.family);
  }

  /** The sign-in of an access token. The person is not looked up. */
  async proofOf(token: string): Promise<PersonProof | undefined> {
    const found = await this.#valid(token);
    return found && { person: found.family.person, epoch: found.family.epoch };
  }

  /** End of an access token, milliseconds since the epoch; undefined for an invalid token. */
  async untilOf(token: string): Promise<number | undefined> {
    return (await this.#valid(token))?.until;
  }

  /** When the person last proved their identity, in milliseconds since the epoch; 0 if unknown. */
  async provedAt(token: string): Promise<number> {
    return (await this.#valid(token))?.family.provedAt ?? 0;
  }

  /** Records that the person has just proved their identity again. */
  async proved(token: string): Promise<void> {
    await this.#change(token, { provedAt: this.#clock() });
  }

  /** Keeps the access token's family valid when the person's other sign-ins have ended. */
  async renew(token: string, { epoch }: PersonProof): Promise<void> {
    await this.#change(token, { epoch });
    this.forget();
  }

  /** Ends the family of an access token. False for an invalid token. */
  async end(token: string): Promise<boolean> {
    const proof = await this.proofOf(token);
    const id = PATTERN.exec(token)?.[1];
    if (proof === undefined || id === undefined) return false;
    await this.#end(id, proof.person);
    return true;
  }

  forget(): void {
    this.#cached.clear();
  }

  /** Repeats the write if another call changes the family at the same moment. */
  async #change(token: string, change: Partial<Family>): Promise<void> {
    for (;;) {
      const found = await this.#find(token, "fla_");
      if (found === undefined) return;
      const changed: Family = { ...found.family, ...change };
      if ((await (await this.#bucket()).update(keyOf(found.id), changed, found.revision)) !== undefined) return;
    }
  }

  async #end(id: string, person: string): Promise<void> {
    await (await this.#bucket()).delete(keyOf(id));
    this.forget();
    this.#onEnded(person);
  }

  async #find(token: string, prefix: string) {
    const id = token.startsWith(prefix) ? PATTERN.exec(token)?.[1] : undefined;
    if (id === undefined) return undefined;
    const entry = await (await this.#bucket()).get(keyOf(id));
    const checked = checkFamily(entry?.value);
    return entry !== undefined && checked.ok ? { id, family: checked.value, revision: entry.revision } : undefined;
  }

  async #valid(token: string): Promise<{ readonly family: Family; readonly until: number } | undefined> {
    const family = (await this.#find(token, "fla_"))?.family;
    const hash = hashOf(token);
    const known = family?.access.find((one) => one.until > this.#clock() && sameHash(one.hash, hash));
    return family && known && { family, until: known.until };
  }

  #make(family: string) {
    const secret = () => randomBytes(32).toString("base64url");
    const accessToken = `fla_${family}.${secret()}`;
    const refreshToken = `flr_${family}.${secret()}`;
    const expiresAt = this.#clock() + ACCESS_MS;
    return {
      pair: { accessToken, expiresAt, refreshToken },
      refresh: hashOf(refreshToken),
      access: { hash: hashOf(accessToken), until: expiresAt },
    };
  }
}

/** The key is a hash of the family's id, because the id is enough to end the family. */
function keyOf(family: string): string {
  return `family.${hashOf(family)}`;
}
