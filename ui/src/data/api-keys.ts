import type { ApiKeyPage, ApiKeyResource, CreateApiKeyBody, CreatedApiKey } from "@fleetlog/protocol";
import { call, get } from "./api.ts";

export type { ApiKeyResource, CreateApiKeyBody, CreatedApiKey } from "@fleetlog/protocol";

export async function listApiKeys(signal?: AbortSignal): Promise<readonly ApiKeyResource[]> {
  return (await get<ApiKeyPage>("/api-keys", { limit: 1_000 }, signal)).items;
}

/** The answer has the key, which cannot be read again. */
export function createApiKey(body: CreateApiKeyBody): Promise<CreatedApiKey> {
  return call("POST", "/api-keys", { body });
}

export function revokeApiKey(id: string): Promise<void> {
  return call("DELETE", `/api-keys/${encodeURIComponent(id)}`);
}
