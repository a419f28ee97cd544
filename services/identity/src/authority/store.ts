import { encodeToken } from "@fleetlog/domain";
import { type Buckets, openOnUse } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";

/** The bucket needs about 200 bytes for each revoked certificate. */
export const AUTHORITY_BUCKET_BYTES = 256 * 1024 ** 2;
const ENTRY = "authority";
const REVOKED = "revoked.";

const ReplacedAuthority = Type.Object({
  /** PEM; the issuing certificate is the first. */
  chain: Type.Array(Type.String(), { minItems: 1 }),
  /**
   * The sealed key, which signs the authority's revocation list. Absent if an earlier release has replaced the
   * authority.
   */
  key: Type.Optional(Type.String()),
  /** When another root replaced this one, milliseconds since the epoch; absent if the present root is the same. */
  at: Type.Optional(Type.Integer()),
  /** An intermediate of the same root has replaced this authority. */
  renewed: Type.Optional(Type.Literal(true)),
  /** Id of the person who has withdrawn the authority before the end of its overlap. */
  withdrawnBy: Type.Optional(Type.String()),
});
export type ReplacedAuthority = Static<typeof ReplacedAuthority>;

const StoredAuthority = Type.Object({
  /** PEM; the issuing certificate is the first. */
  chain: Type.Array(Type.String(), { minItems: 1 }),
  key: Type.String(),
  /** The root's private key, sealed; absent for a given authority. */
  rootKey: Type.Optional(Type.String()),
  /** Issuing certificates of all replaced authorities, even of those that are withdrawn: none of them can come back. */
  earlier: Type.Array(Type.String()),
  /** Replaced authorities that have not ended, newest first. */
  replaced: Type.Optional(Type.Array(ReplacedAuthority)),
});
export type StoredAuthority = Static<typeof StoredAuthority>;
const checkAuthority = checker(StoredAuthority);

const Revoked = Type.Object({
  serial: Type.String(),
  issuer: Type.String(),
  notAfter: Type.String(),
  at: Type.String(),
});
export type Revoked = Static<typeof Revoked>;
const checkRevoked = checker(Revoked);

export class AuthorityStore {
  readonly #bucket: ReturnType<typeof openOnUse>;

  constructor(buckets: Buckets) {
    this.#bucket = openOnUse(buckets, "authority", { maxBytes: AUTHORITY_BUCKET_BYTES });
  }

  async read(): Promise<{ readonly authority: StoredAuthority; readonly revision: number } | undefined> {
    const entry = await (await this.#bucket()).get(ENTRY);
    if (entry === undefined) return undefined;
    const checked = checkAuthority(entry.value);
    if (!checked.ok) throw new Error("the entry of the authority can't be read");
    return { authority: checked.value, revision: entry.revision };
  }

  /** Writes if the entry has this revision or, without a revision, does not exist. Resolves with whether it wrote. */
  async write(authority: StoredAuthority, revision: number | undefined): Promise<boolean> {
    const bucket = await this.#bucket();
    const written =
      revision === undefined ? bucket.create(ENTRY, authority) : bucket.update(ENTRY, authority, revision);
    return (await written) !== undefined;
  }

  async addRevoked(revoked: Revoked): Promise<void> {
    await (await this.#bucket()).create(REVOKED + encodeToken(revoked.serial), revoked);
  }

  /** Revoked certificates that have not expired. Deletes the expired ones. */
  async revoked(now: number): Promise<Revoked[]> {
    const bucket = await this.#bucket();
    const found: Revoked[] = [];
    for (const { key, value } of await bucket.entries(REVOKED)) {
      const checked = checkRevoked(value);
      if (!checked.ok) continue;
      if (Date.parse(checked.value.notAfter) >= now) found.push(checked.value);
      else await bucket.delete(key);
    }
    return found;
  }
}
