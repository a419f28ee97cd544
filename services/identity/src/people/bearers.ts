import type { Operators } from "../operators.ts";
import { ApiKeys } from "./api-keys/api-keys.ts";
import { PersonTokens } from "./person-tokens.ts";

/** Verifies operators' tokens, people's access tokens and API keys. */
export function withPeople(operators: Operators, tokens: PersonTokens, apiKeys: ApiKeys): Operators {
  return {
    ...operators,
    verify(token) {
      if (PersonTokens.isAccessToken(token)) return tokens.verify(token);
      return ApiKeys.isApiKey(token) ? apiKeys.verify(token) : operators.verify(token);
    },
  };
}
