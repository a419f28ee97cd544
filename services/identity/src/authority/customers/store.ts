import { randomUUID } from "node:crypto";
import { type Buckets, openOnUse } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";
import { AUTHORITY_BUCKET_BYTES } from "../store.ts";

const AUTHORITIES = "customer.";
const LISTS = "customer-list.";

const StoredSerials = Type.Object({ serials: Type.Array(Type.String()) });
const checkSerials = checker(StoredSerials);

const Stored = Type.Object({
  name: Type.String(),
  account: Type.String(),
  group: Type.Optional(Type.String()),
  certificate: Type.String(),
  addedAt: Type.String(),
  addedBy: Type.String(),
  list: Type.Optional(
    Type.Object({
      revoked: Type.Integer(),
      thisUpdate: Type.String(),
      nextUpdate: Type.Optional(Type.String()),
      /** Last part of the key of the list's serials; absent in lists of earlier releases. */
      key: Type.Optional(Type.String()),
    }),
  ),
});
export type StoredCustomerAuthority = Static<typeof Stored>;
type StoredList = NonNullable<StoredCustomerAuthority["list"]>;
const checkStored = checker(Stored);

export interface FoundAuthority extends StoredCustomerAuthority {
  readonly id: string;
  readonly revision: number;
}

/** The customers' authorities that have not ended, in the bucket `authority`. */
export class CustomerAuthorityStore {
  readonly #bucket: ReturnType<typeof openOnUse>;

  constructor(buckets: Buckets) {
    this.#bucket = openOnUse(buckets, "authority", { maxBytes: AUTHORITY_BUCKET_BYTES });
  }

  async get(id: string): Promise<FoundAuthority | undefined> {
    return found(id, await (await this.#bucket()).get(AUTHORITIES + id));
  }

  async all(): Promise<FoundAuthority[]> {
    const entries = await (await this.#bucket()).entries(AUTHORITIES);
    return entries.flatMap((entry) => found(entry.key.slice(AUTHORITIES.length), entry) ?? []);
  }

  async create(id: string, authority: StoredCustomerAuthority): Promise<boolean> {
    return (await (await this.#bucket()).create(AUTHORITIES + id, authority)) !== undefined;
  }

  /**
   * The serials are written first, with a key of their own: a list that is stored at the same moment does not replace them.
   * Resolves false if the authority was changed meanwhile.
   */
  async setList(
    { id, revision, ...authority }: FoundAuthority,
    list: Omit<StoredList, "key">,
    serials: readonly string[],
  ): Promise<boolean> {
    const bucket = await this.#bucket();
    const key = randomUUID();
    await bucket.put(listKey(id, key), { serials: [...serials] } satisfies Static<typeof StoredSerials>);
    const stored = { ...authority, list: { ...list, key } };
    const isStored = (await bucket.update(AUTHORITIES + id, stored, revision)) !== undefined;
    if (!isStored) await bucket.delete(listKey(id, key));
    else if (authority.list !== undefined) await bucket.delete(listKey(id, authority.list.key));
    return isStored;
  }

  /** Undefined if the list was replaced since the authority was read. */
  async serials({ id, list }: FoundAuthority): Promise<ReadonlySet<string> | undefined> {
    if (list === undefined) return new Set();
    const checked = checkSerials((await (await this.#bucket()).get(listKey(id, list.key)))?.value);
    return checked.ok ? new Set(checked.value.serials) : undefined;
  }

  async delete(id: string): Promise<void> {
    const bucket = await this.#bucket();
    for (;;) {
      const entry = await bucket.get(AUTHORITIES + id);
      // A list that is stored meanwhile has another key.
      if (!(await bucket.delete(AUTHORITIES + id, entry?.revision))) continue;
      await bucket.delete(listKey(id, found(id, entry)?.list?.key));
      return;
    }
  }
}

function listKey(id: string, key: string | undefined): string {
  return key === undefined ? LISTS + id : `${LISTS}${id}.${key}`;
}

function found(
  id: string,
  entry: { readonly value: unknown; readonly revision: number } | undefined,
): FoundAuthority | undefined {
  const checked = checkStored(entry?.value);
  return entry !== undefined && checked.ok ? { ...checked.value, id, revision: entry.revision } : undefined;
}
