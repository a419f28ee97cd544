import { expect, it } from "vitest";
import { type ApiKeyCommand, apiKeyDecider } from "./api-key.ts";
import { fold } from "./decider.ts";
import { history } from "./fixtures/record.ts";
import { faultsOfRedelivery } from "./fixtures/redelivery.ts";

const create = {
  type: "CreateApiKey",
  key: "k1",
  name: "reports",
  role: "viewer",
  account: "main",
  tags: ["roof"],
  expiresAt: "2030-01-01T00:00:00.000Z",
  by: "ada",
} as const satisfies ApiKeyCommand;
const revoke = { type: "RevokeApiKey", key: "k1", by: "ada" } as const satisfies ApiKeyCommand;

it("an API key is created once, with its role, account and tags, and revoked once", () => {
  const created = apiKeyDecider.decide(create, undefined);
  const state = fold(apiKeyDecider, history(...created));
  expect(state).toMatchObject({ id: "k1", name: "reports", createdBy: "ada", tags: ["roof"], status: "valid", seq: 1 });
  expect(() => apiKeyDecider.decide(create, state)).toThrow(expect.objectContaining({ code: "conflict" }));
  const revoked = apiKeyDecider.decide({ ...revoke, reason: "person-ended" }, state);
  expect(revoked).toEqual([{ type: "ApiKeyRevoked", data: { key: "k1", by: "ada", reason: "person-ended" } }]);
  const events = history(...created, ...revoked);
  expect(fold(apiKeyDecider, events)?.status).toBe("revoked");
  expect(apiKeyDecider.decide(revoke, fold(apiKeyDecider, events))).toEqual([]);
  expect(faultsOfRedelivery(apiKeyDecider, events)).toEqual([]);
});

it("an API key can't be revoked before it is created", () => {
  expect(() => apiKeyDecider.decide(revoke, undefined)).toThrow(expect.objectContaining({ code: "api-key-unknown" }));
});
