import { type Buckets, openOnUse } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";
import { AUTHORITY_BUCKET_BYTES } from "../store.ts";

const AUTHORITIES = "customer.";
const LISTS = "customer-list.";

const StoredList = Type.Object({ serials: Type.Array(Type.String()) });
const checkList = checker(StoredList);

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
    }),
  ),
});
export type StoredCustomerAuthority = Static<typeof Stored>;
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

  /** Writes the serials first, so that readers of the record find them. Resolves with false after another change. */
  async setList(
    { id, revision, ...authority }: FoundAuthority,
    list: NonNullable<StoredCustomerAuthority["list"]>,
    serials: readonly string[],
  ): Promise<boolean> {
    const bucket = await this.#bucket();
    await bucket.put(LISTS + id, { serials: [...serials] } satisfies Static<typeof StoredList>);
    return (await bucket.update(AUTHORITIES + id, { ...authority, list }, revision)) !== undefined;
  }

  async serials(id: string): Promise<ReadonlySet<string>> {
    const checked = checkList((await (await this.#bucket()).get(LISTS + id))?.value);
    return new Set(checked.ok ? checked.value.serials : []);
  }

  async delete(id: string): Promise<void> {
    const bucket = await this.#bucket();
    await bucket.delete(AUTHORITIES + id);
    await bucket.delete(LISTS + id);
  }
}

function found(
  id: string,
  entry: { readonly value: unknown; readonly revision: number } | undefined,
): FoundAuthority | undefined {
  const checked = checkStored(entry?.value);
  return entry !== undefined && checked.ok ? { ...checked.value, id, revision: entry.revision } : undefined;
}
