import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { API_KEY_ID_PATTERN, invalid } from "@fleetlog/domain";
import { createApiKey, listApiKeys, revokeApiKey } from "@fleetlog/fleet";
import type { ApiKey } from "@fleetlog/identity";
import { ApiKeyPage, ApiKeyResource, CreateApiKeyBody, CreatedApiKey, ListApiKeysQuery } from "@fleetlog/protocol";
import Type from "typebox";
import type { HttpContext } from "../../context.ts";
import { callerOf } from "../caller.ts";
import type { HttpResource } from "../resource.ts";

const tags = ["api-keys"];
const ById = Type.Object({ id: Type.String({ pattern: API_KEY_ID_PATTERN, accepts: "an API key's id" }) });
const DEFAULT_LIMIT = 100;

const KEY = {
  id: "zq3Xk0n1Tf2wQ8vB",
  name: "nightly report",
  role: "viewer",
  account: "main",
  tags: ["hall-2"],
  owner: "0c7d1f0e-3c1a-4a53-9d0e-6a4f6c1b2d11",
  createdAt: "2026-01-30T08:00:00.000Z",
  expiresAt: "2026-07-30T08:00:00.000Z",
};

export const apiKeys: HttpResource = {
  tag: "api-keys",
  description: "Keys for programs, with a role, tags and an end. A key can never do more than the person who made it",
  schemas: { ApiKey: ApiKeyResource, CreatedApiKey, ApiKeyPage, CreateApiKey: CreateApiKeyBody },
  examples: {
    ApiKey: KEY,
    CreatedApiKey: { ...KEY, key: "the API key" },
    ApiKeyPage: { items: [KEY], next: null, total: 1 },
    CreateApiKey: { name: KEY.name, role: "viewer", tags: ["hall-2"], expiresAt: KEY.expiresAt },
  },
  prefix: "/api",
  routes: apiKeyRoutes,
};

function apiKeyRoutes(context: HttpContext): FastifyPluginAsyncTypebox {
  const { fleet, clock } = context;
  return async (app) => {
    app.get(
      "/api-keys",
      {
        config: { action: "api-key.read" },
        schema: {
          operationId: "listApiKeys",
          summary: "List your API keys; for owners and administrators, those of their account",
          tags,
          querystring: ListApiKeysQuery,
          response: { 200: ApiKeyPage },
          problems: ["log-unavailable"],
        },
      },
      async (request) => {
        const { limit = DEFAULT_LIMIT, cursor } = request.query;
        const all = await listApiKeys(fleet, callerOf(request));
        const from = cursor === undefined ? 0 : all.findIndex(({ id }) => id === cursor);
        if (from < 0) throw invalid("cursor", "this cursor is not of this list, or its key was revoked");
        const items = all.slice(from, from + limit).map(resourceOf);
        return { items, next: all[from + limit]?.id ?? null, total: all.length };
      },
    );

    app.post(
      "/api-keys",
      {
        config: { action: "api-key.manage", proof: true, idempotent: true },
        schema: {
          operationId: "createApiKey",
          summary: "Make an API key; the key is in this answer only. Needs a recent proof of identity",
          tags,
          body: CreateApiKeyBody,
          response: { 201: CreatedApiKey },
          problems: ["account-unknown", "person-ended", "conflict", "log-full"],
        },
      },
      async (request, reply) => {
        const { key, apiKey } = await createApiKey(fleet, callerOf(request), request.body, clock());
        return reply.status(201).send({ ...resourceOf(apiKey), key });
      },
    );

    app.delete(
      "/api-keys/:id",
      {
        config: { action: "api-key.manage", proof: true },
        schema: {
          operationId: "revokeApiKey",
          summary: "Revoke an API key: its access ends within a second, on every node",
          tags,
          params: ById,
          response: { 204: Type.Null() },
          problems: ["api-key-unknown", "conflict", "log-full"],
        },
      },
      async (request, reply) => {
        await revokeApiKey(fleet, callerOf(request), request.params.id);
        return reply.status(204).send(null);
      },
    );
  };
}

function resourceOf({ id, name, role, account, tags, owner, createdAt, until }: ApiKey): ApiKeyResource {
  return {
    id,
    name,
    role,
    account,
    ...(tags !== undefined && { tags: [...tags] }),
    owner,
    createdAt: new Date(createdAt).toISOString(),
    ...(until !== undefined && { expiresAt: new Date(until).toISOString() }),
  };
}
