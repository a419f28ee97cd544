import type { ChangedScope } from "@fleetlog/protocol";

/** What the scopes in one announcement may hold, in characters: it has to fit a NATS message, with much room left. */
const MOST_CHARACTERS = 128 * 1024;
/** Of one key's, beside the account and the tags themselves. */
const AROUND = 64;

/** Null where they are too large to be announced. */
export function boundedScopes(scopes: ChangedScope[] | undefined): ChangedScope[] | null | undefined {
  if (scopes === undefined) return undefined;
  let characters = 0;
  for (const { before, after } of scopes) {
    characters += AROUND;
    for (const belonging of [before, after]) {
      if (belonging === null) continue;
      characters += belonging.account.length;
      for (const tag of belonging.tags) characters += tag.length + 3;
    }
    if (characters > MOST_CHARACTERS) return null;
  }
  return scopes;
}
