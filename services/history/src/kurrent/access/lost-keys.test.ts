import { toEvent } from "@fleetlog/domain";
import { ApiKeys, People } from "@fleetlog/identity";
import { memoryBackbone } from "@fleetlog/log";
import { Metadata } from "@grpc/grpc-js";
import { afterEach, expect, it, vi } from "vitest";
import { Keys } from "./keys.ts";
import { lostKeyReporter } from "./lost-keys.ts";

let keys: Keys | undefined;
afterEach(() => keys?.close());

it("a key that the store has lost is refused and logged, a wrong key is not logged", async () => {
  const { log, buckets } = memoryBackbone();
  const people = new People(buckets, () => "");
  const apiKeys = new ApiKeys(buckets, people);
  const errors: unknown[] = [];
  const logger = { error: (details: object) => void errors.push(details) };
  keys = new Keys(apiKeys, lostKeyReporter({ log, people, apiKeys, logger }));
  const { id, key } = apiKeys.make();
  const data = { key: id, name: "mirror", role: "viewer", account: "main", by: "ada" } as const;
  const time = new Date().toISOString();
  await log.append(toEvent({ type: "ApiKeyCreated", data }, { id: "1", source: "/test", time, entity: id }));
  const admit = (token: string) => {
    const metadata = new Metadata();
    metadata.set("authorization", `Bearer ${token}`);
    return keys?.admit(metadata, "192.0.2.1", () => {});
  };
  await expect(admit(apiKeys.make().key)).rejects.toThrow("not a valid API key");
  await expect(admit(key)).rejects.toThrow("not a valid API key");
  await vi.waitFor(() => expect(errors).toEqual([{ id, reason: expect.stringContaining("KV_api-keys") }]));
});
