import { type Person, ROLES } from "@fleetlog/domain";
import { type Buckets, openOnUse } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";
import { lookupCache } from "./lookup-cache.ts";
import { hashOf } from "./tokens.ts";

const MAX_BYTES = 16 * 1024 ** 2;
const KEY_PREFIX = "operator.";
/** A token that another process has revoked stays valid here for at most this long. */
const CACHE_TTL_MS = 400;
const MAX_CACHED_TOKENS = 1_000;

const Operator = Type.Object({
  id: Type.String(),
  name: Type.String(),
  role: Type.Enum(ROLES),
  account: Type.Optional(Type.String()),
  scope: Type.Optional(
    Type.Object({
      accounts: Type.Optional(Type.Array(Type.String())),
      tags: Type.Optional(Type.Array(Type.String())),
    }),
  ),
});
type Operator = Static<typeof Operator>;

const Token = Type.Union([
  Type.Object({ status: Type.Literal("valid"), operator: Operator }),
  Type.Object({ status: Type.Literal("revoked"), operator: Operator }),
]);
type Token = Static<typeof Token>;
const checkToken = checker(Token);

const ADMIN: Operator = { id: "admin", name: "Administrator", role: "admin" };

/** Bearer tokens of operators. */
export interface Operators {
  /** Makes this the administrator's only token. A repeated call changes nothing. */
  ensureAdmin(token: string): Promise<void>;
  verify(token: string): Promise<Person | undefined>;
  verifyHash(hash: string): Promise<Person | undefined>;
  /** Whether the token is the administrator's by {@link ensureAdmin}, but the store has no entry of it any more. */
  isLost(token: string): Promise<boolean>;
}

export interface OperatorsOptions {
  /** Monotonic milliseconds; default `performance.now`. */
  readonly now?: () => number;
}

export function operators(buckets: Buckets, options: OperatorsOptions = {}): Operators {
  const bucket = openOnUse(buckets, "operators", { maxBytes: MAX_BYTES });
  const cached = lookupCache<Person>({
    ttlMs: CACHE_TTL_MS,
    maxEntries: MAX_CACHED_TOKENS,
    now: options.now ?? (() => performance.now()),
  });

  let adminHash: string | undefined;

  function verifyHash(hash: string): Promise<Person | undefined> {
    return cached.get(hash, async () => {
      const entry = await (await bucket()).get(keyOf(hash));
      const checked = checkToken(entry?.value);
      return checked.ok && checked.value.status === "valid" ? { kind: "person", ...checked.value.operator } : undefined;
    });
  }

  return {
    async ensureAdmin(token) {
      const store = await bucket();
      const key = keyOf(hashOf(token));
      const adminTokens = (await store.entries(KEY_PREFIX)).flatMap((entry) => {
        const checked = checkToken(entry.value);
        return checked.ok && checked.value.operator.id === ADMIN.id ? [{ key: entry.key, token: checked.value }] : [];
      });
      const isValid = (entry: { key: string; token: Token }) => entry.token.status === "valid";
      try {
        // The new token is stored before others are revoked, so that a valid token always exists.
        if (!adminTokens.some((entry) => entry.key === key && isValid(entry))) {
          await store.put(key, { status: "valid", operator: ADMIN } satisfies Token);
        }
        for (const old of adminTokens) {
          if (old.key === key || !isValid(old)) continue;
          await store.put(old.key, { status: "revoked", operator: ADMIN } satisfies Token);
        }
        adminHash = hashOf(token);
      } finally {
        cached.clear();
      }
    },

    async isLost(token) {
      const hash = hashOf(token);
      return hash === adminHash && (await (await bucket()).get(keyOf(hash))) === undefined;
    },

    verify: (token) => verifyHash(hashOf(token)),
    verifyHash,
  };
}

function keyOf(hash: string): string {
  return KEY_PREFIX + hash;
}
