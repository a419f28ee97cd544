import { randomBytes } from "node:crypto";
import type { Person } from "@fleetlog/domain";
import type { Buckets } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type from "typebox";
import { lookupCache } from "./lookup-cache.ts";
import type { Operators, OperatorsOptions } from "./operators.ts";
import { openOnUse } from "./store.ts";
import { hashOf } from "./tokens.ts";

const MAX_BYTES = 16 * 1024 ** 2;
/** How long a sign-in that was ended on another node may still pass on one that has just seen it. */
const REMEMBERED_MS = 5_000;
const REMEMBERED_SESSIONS = 1_000;

/** How long a sign-in lasts. */
export const OPERATOR_SESSION_MS = 7 * 86_400_000;

const Session = Type.Object({ token: Type.String() });
const checkSession = checker(Session);

/**
 * Sign-ins of operators' browsers: a random id each, of which only a hash is kept, worth no more and living no longer
 * than the token that it was begun with. Every call rejects with FleetError `log-unavailable` while the store can't be
 * reached.
 */
export interface OperatorSessions {
  /** Resolves with the id, which is seen this once; with undefined for a token that is unknown or revoked. */
  begin(token: string): Promise<{ readonly id: string; readonly person: Person } | undefined>;
  /** Whose sign-in it is; undefined for one that is unknown, over, or begun with a token that was revoked since. */
  verify(id: string): Promise<Person | undefined>;
  /** Repeatable. */
  end(id: string): Promise<void>;
}

export function operatorSessions(
  buckets: Buckets,
  operators: Operators,
  options: OperatorsOptions = {},
): OperatorSessions {
  const bucket = openOnUse(buckets, "operator-sessions", { maxBytes: MAX_BYTES, ttlMs: OPERATOR_SESSION_MS });
  const cached = lookupCache<Person>({
    ttlMs: REMEMBERED_MS,
    maxEntries: REMEMBERED_SESSIONS,
    now: options.now ?? (() => performance.now()),
  });

  return {
    async begin(token) {
      const person = await operators.verify(token);
      if (person === undefined) return undefined;
      const id = randomBytes(32).toString("base64url");
      await (await bucket()).put(keyOf(id), { token: hashOf(token) });
      return { id, person };
    },

    verify(id) {
      return cached.get(hashOf(id), async () => {
        const checked = checkSession((await (await bucket()).get(keyOf(id)))?.value);
        return checked.ok ? operators.verifyHash(checked.value.token) : undefined;
      });
    },

    async end(id) {
      await (await bucket()).delete(keyOf(id));
      cached.clear();
    },
  };
}

function keyOf(id: string): string {
  return `session.${hashOf(id)}`;
}
