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

const Session = Type.Union([
  Type.Object({ token: Type.String() }),
  Type.Object({ person: Type.String(), epoch: Type.Integer() }),
  Type.Object({ apiKey: Type.String() }),
]);
const checkSession = checker(Session);

/**
 * Browser sessions of operators, with the permissions of the token that began them. Stored by the hash of a random id.
 */
export interface OperatorSessions {
  /** Resolves with undefined for an invalid token. The id can't be read later. */
  begin(token: string): Promise<{ readonly id: string; readonly person: Person } | undefined>;
  /** As `begin`, for a person. The session ends with the person's sign-ins. */
  beginFor(proof: PersonProof): Promise<string>;
  verify(id: string): Promise<Person | undefined>;
  end(id: string): Promise<void>;
  forget(): void;
}

export function operatorSessions(
  buckets: Buckets,
  operators: Operators,
  people: Pick<People, "verify">,
  apiKeys: Pick<ApiKeys, "verifyId">,
  options: OperatorsOptions = {},
): OperatorSessions {
  const bucket = openOnUse(buckets, "operator-sessions", { maxBytes: MAX_BYTES, ttlMs: OPERATOR_SESSION_MS });
  const cached = lookupCache<Person>({
    ttlMs: CACHE_TTL_MS,
    maxEntries: MAX_CACHED_SESSIONS,
    now: options.now ?? (() => performance.now()),
  });

  return {
    async begin(token) {
      const person = await operators.verify(token);
      if (person === undefined) return undefined;
      const id = randomBytes(32).toString("base64url");
      const session = ApiKeys.isApiKey(token) ? { apiKey: person.id } : { token: hashOf(token) };
      await (await bucket()).put(keyOf(id), session);
      return { id, person };
    },

    async beginFor({ person, epoch }) {
      const id = randomBytes(32).toString("base64url");
      await (await bucket()).put(keyOf(id), { person, epoch });
      return id;
    },

    verify(id) {
      return cached.get(hashOf(id), async () => {
        const checked = checkSession((await (await bucket()).get(keyOf(id)))?.value);
        if (!checked.ok) return undefined;
        const { value } = checked;
        if ("apiKey" in value) return apiKeys.verifyId(value.apiKey);
        return "token" in value ? operators.verifyHash(value.token) : people.verify(value);
      });
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
