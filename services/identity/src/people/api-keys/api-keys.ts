import { randomBytes } from "node:crypto";
import { type Person, type PersonAccess, scopeOfPerson } from "@fleetlog/domain";
import { type Bucket, type Buckets, openOnUse, SHARED_BUCKETS } from "@fleetlog/log";
import { checker, ROLE_NAMES } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";
import { lookupCache } from "../../lookup-cache.ts";
import { hashOf, sameHash } from "../../tokens.ts";
import type { People } from "../people.ts";
import { within } from "../within.ts";

/**
 * A key that was revoked on another node, or whose owner's access was changed there, keeps its access here for at most
 * `ttlMs`.
 */
const CACHE = { ttlMs: 400, maxEntries: 10_000 };
const KEYS = "key.";
const PATTERN = /^flk_([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{43})$/;

const Stored = Type.Object({
  status: Type.Enum(["valid", "revoked"]),
  hash: Type.String({ description: "Hash of the key" }),
  name: Type.String(),
  role: Type.Enum(ROLE_NAMES),
  account: Type.String(),
  tags: Type.Optional(Type.Array(Type.String())),
  owner: Type.String({ description: "Id of the person who made it" }),
  person: Type.Boolean({ description: "Whether the owner is one of `People`" }),
  createdAt: Type.Integer(),
  until: Type.Optional(Type.Integer()),
});
type Stored = Static<typeof Stored>;
const checkStored = checker(Stored);

/** An API key without its secret. */
export interface ApiKey extends PersonAccess {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly until?: number;
}

/** A new API key, not valid before {@link ApiKeys.add}. */
export interface NewApiKey {
  readonly id: string;
  /** Shown once. */
  readonly key: string;
}

/** API keys, stored as hashes. A key has at most the access that its owner has now. */
export class ApiKeys {
  readonly #bucket: () => Promise<Bucket>;
  readonly #people: Pick<People, "accessOf" | "statusOf">;
  readonly #clock: () => number;
  readonly #cached: ReturnType<typeof lookupCache<Person>>;

  constructor(buckets: Buckets, people: Pick<People, "accessOf" | "statusOf">, clock: () => number = Date.now) {
    this.#bucket = openOnUse(buckets, "api-keys", SHARED_BUCKETS["api-keys"]);
    this.#people = people;
    this.#clock = clock;
    this.#cached = lookupCache<Person>({ ...CACHE, now: () => performance.now() });
  }

  static isApiKey(token: string): boolean {
    return token.startsWith("flk_");
  }

  /** The id in an API key; undefined for another token. */
  static idOf(token: string): string | undefined {
    return PATTERN.exec(token)?.[1];
  }

  /** @param random 32 bytes for the id, and 32 for the secret: equal ones make an equal key */
  make([forId, secret]: readonly [Buffer, Buffer] = [randomBytes(32), randomBytes(32)]): NewApiKey {
    const id = forId.subarray(0, 12).toString("base64url");
    return { id, key: `flk_${id}.${secret.toString("base64url")}` };
  }

  async add({ id, key }: NewApiKey, { name, role, account, tags, owner, until }: Omit<ApiKey, "id" | "createdAt">) {
    // An owner whose access has just ended counts as a person, too, so that the key gets no more access than this
    // owner.
    const person = (await this.#people.statusOf(owner)) !== undefined;
    const limits = { ...(tags !== undefined && { tags: [...tags] }), ...(until !== undefined && { until }) };
    const frame = { status: "valid", hash: hashOf(key), createdAt: this.#clock(), person } as const;
    const stored: Stored = { ...frame, name, role, account, ...limits, owner };
    await (await this.#bucket()).create(KEYS + id, stored);
  }

  /** The key's principal, at most 400 ms old; undefined for an invalid key. */
  async verify(key: string): Promise<Person | undefined> {
    return this.#unlessEnded(await this.#cached.get(hashOf(key), () => this.#find(key)));
  }

  async verifyId(id: string): Promise<Person | undefined> {
    return this.#unlessEnded(await this.#cached.get(`id ${id}`, async () => this.#principal(id, await this.#read(id))));
  }

  /** Whether the store has the key, valid or revoked. */
  async isStored(id: string): Promise<boolean> {
    return (await this.#read(id)) !== undefined;
  }

  /** A repeated call changes nothing. */
  async revoke(id: string): Promise<void> {
    const bucket = await this.#bucket();
    const stored = await this.#read(id);
    if (stored?.status === "valid") await bucket.put(KEYS + id, { ...stored, status: "revoked" } satisfies Stored);
    this.forget();
  }

  /** Keys that are not revoked, the oldest first. */
  async list(): Promise<ApiKey[]> {
    const entries = await (await this.#bucket()).entries(KEYS);
    const found = entries.flatMap(({ key, value }) => {
      const checked = checkStored(value);
      if (!checked.ok || checked.value.status === "revoked") return [];
      const { hash: _, status: __, person: ___, ...known } = checked.value;
      return [{ id: key.slice(KEYS.length), ...known }];
    });
    return found.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
  }

  forget(): void {
    this.#cached.clear();
  }

  async #find(key: string): Promise<Person | undefined> {
    const id = ApiKeys.idOf(key);
    const stored = id === undefined ? undefined : await this.#read(id);
    return stored && id && sameHash(hashOf(key), stored.hash) ? this.#principal(id, stored) : undefined;
  }

  #unlessEnded(person: Person | undefined): Person | undefined {
    return (person?.apiKey?.until ?? Number.POSITIVE_INFINITY) > this.#clock() ? person : undefined;
  }

  async #principal(id: string, stored: Stored | undefined): Promise<Person | undefined> {
    if (stored?.status !== "valid") return undefined;
    const { name, owner, until } = stored;
    const access = stored.person ? within(stored, await this.#people.accessOf(owner)) : stored;
    if (access === undefined) return undefined;
    const { role, account } = access;
    const apiKey = { owner, ...(until !== undefined && { until }) };
    return { kind: "person", id, name, role, account, scope: scopeOfPerson(access), apiKey };
  }

  async #read(id: string): Promise<Stored | undefined> {
    const checked = checkStored((await (await this.#bucket()).get(KEYS + id))?.value);
    return checked.ok ? checked.value : undefined;
  }
}
