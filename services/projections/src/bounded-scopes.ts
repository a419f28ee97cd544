import type { ChangedScope } from "@fleetlog/protocol";

/** Maximum characters of all scopes in one message; a NATS message holds 1 MiB. */
const MAX_SCOPE_CHARACTERS = 128 * 1024;
/** Characters of JSON for the scopes of one key, without the accounts and tags. */
const JSON_OVERHEAD = 64;

export function boundedScopes(scopes: ChangedScope[] | undefined): ChangedScope[] | null | undefined {
  if (scopes === undefined) return undefined;
  let characters = 0;
  for (const { before, after } of scopes) {
    characters += JSON_OVERHEAD;
    for (const belonging of [before, after]) {
      if (belonging === null) continue;
      characters += belonging.account.length;
      for (const tag of belonging.tags) characters += tag.length + 3;
    }
    if (characters > MAX_SCOPE_CHARACTERS) return null;
  }
  return scopes;
}
