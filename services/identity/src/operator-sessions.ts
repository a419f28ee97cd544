import { randomBytes } from "node:crypto";
import type { Person } from "@fleetlog/domain";
import { type Buckets, openOnUse } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type from "typebox";
import { lookupCache } from "./lookup-cache.ts";
import type { Operators, OperatorsOptions } from "./operators.ts";
import { ApiKeys } from "./people/api-keys/api-keys.ts";
import type { People, PersonProof } from "./people/people.ts";
import { hashOf } from "./tokens.ts";

const MAX_BYTES = 16 * 1024 ** 2;
/** A session that ended on another node stays valid here for at most this long. */
const CACHE_TTL_MS = 400;
const MAX_CACHED_SESSIONS = 1_000;

export const OPERATOR_SESSION_MS = 7 * 86_400_000;

/** Absent from the oldest sessions. */
const provedAt = Type.Optional(Type.Integer());
const Session = Type.Union([
  Type.Object({ token: Type.String(), provedAt }),
  Type.Object({ person: Type.String(), epoch: Type.Integer(), provedAt }),
  Type.Object({ apiKey: Type.String(), provedAt }),
]);
const checkSession = checker(Session);

/**
 * Sessions of operators' browsers. Each has a random id, stored as a hash, and the permissions of the person, API key
 * or token that began it. A session ends OPERATOR_SESSION_MS after the last proof of identity, by `end`, with the
 * access of whoever began it, and with the end of a person's sign-ins. Every call rejects with FleetError
 * `log-unavailable` while the store can't be reached.
 */
export interface OperatorSessions {
  /** Resolves with undefined for an invalid token. The id can't be read later. */
  begin(token: string): Promise<{ readonly id: string; readonly person: Person } | undefined>;
  /**
   * As `begin`, for a person who has signed in; the session ends when the person's sign-ins end.
   * @param provedAt default: now
   */
  beginFor(proof: PersonProof, provedAt?: number): Promise<string>;
  /** When the person last proved their identity, in milliseconds since the epoch; 0 if unknown. */
  provedAt(id: string): Promise<number>;
  /** Records that the person has just proved their identity again. */
  proved(id: string): Promise<void>;
  /** The session's person; undefined if the session has ended or does not exist. */
  verify(id: string): Promise<Person | undefined>;
  /** The person or the API key that began the session, whose access may have ended. Undefined for any other session. */
  holderOf(id: string): Promise<{ readonly person: string } | { readonly apiKey: string } | undefined>;
  end(id: string): Promise<void>;
  forget(): void;
}

export function operatorSessions(
  buckets: Buckets,
  operators: Operators,
  people: Pick<People, "verify">,
  apiKeys: Pick<ApiKeys, "verifyId">,
  options: OperatorsOptions & { readonly clock?: () => number } = {},
): OperatorSessions {
  const clock = options.clock ?? Date.now;
  const bucket = openOnUse(buckets, "operator-sessions", { maxBytes: MAX_BYTES, ttlMs: OPERATOR_SESSION_MS });
  const cached = lookupCache<Person>({
    ttlMs: CACHE_TTL_MS,
    maxEntries: MAX_CACHED_SESSIONS,
    now: options.now ?? (() => performance.now()),
  });
  const stored = async (id: string) => {
    const entry = await (await bucket()).get(keyOf(id));
    const checked = checkSession(entry?.value);
    return entry !== undefined && checked.ok ? { session: checked.value, revision: entry.revision } : undefined;
  };

  return {
    async begin(token) {
      const person = await operators.verify(token);
      if (person === undefined) return undefined;
      const id = randomBytes(32).toString("base64url");
      const session = ApiKeys.isApiKey(token) ? { apiKey: person.id } : { token: hashOf(token) };
      await (await bucket()).put(keyOf(id), { ...session, provedAt: clock() });
      return { id, person };
    },

    async beginFor({ person, epoch }, provedAt = clock()) {
      const id = randomBytes(32).toString("base64url");
      await (await bucket()).put(keyOf(id), { person, epoch, provedAt });
      return id;
    },

    async provedAt(id) {
      return (await stored(id))?.session.provedAt ?? 0;
    },

    async proved(id) {
      const found = await stored(id);
      if (found === undefined) return;
      // If the update fails, another proof or the session's end was written first.
      await (await bucket()).update(keyOf(id), { ...found.session, provedAt: clock() }, found.revision);
    },

    verify(id) {
      return cached.get(hashOf(id), async () => {
        const value = (await stored(id))?.session;
        if (value === undefined) return undefined;
        if ("apiKey" in value) return apiKeys.verifyId(value.apiKey);
        return "token" in value ? operators.verifyHash(value.token) : people.verify(value);
      });
    },

    async holderOf(id) {
      const session = (await stored(id))?.session;
      return session === undefined || "token" in session ? undefined : session;
    },

    async end(id) {
      await (await bucket()).delete(keyOf(id));
      cached.clear();
    },

    forget: () => cached.clear(),
  };
}

function keyOf(id: string): string {
  return `session.${hashOf(id)}`;
}
