import { memoryBackbone } from "@fleetlog/log";
import { beforeEach, describe, expect, it } from "vitest";
import { hashOf } from "../../tokens.ts";
import { People } from "../people.ts";
import { type ApiKey, ApiKeys } from "./api-keys.ts";

let now: number;
let people: People;
let keys: ApiKeys;
let stored: () => Promise<unknown>;
beforeEach(async () => {
  now = 1_000;
  const { buckets } = memoryBackbone();
  people = new People(buckets, hashOf);
  keys = new ApiKeys(buckets, people, () => now);
  stored = async () => (await buckets.open("api-keys", { maxBytes: 1 })).entries();
  await people.add("p1", "ada@example.org", { role: "operator", account: "north", tags: ["roof", "hall"] });
  await people.setPassword("p1", "correct horse");
});

const add = async (more: Partial<ApiKey> = {}) => {
  const made = keys.make();
  await keys.add(made, { name: "reports", role: "operator", account: "north", tags: ["roof"], owner: "p1", ...more });
  return made;
};

describe("API keys", () => {
  it("are verified until they are revoked, and only their hashes are stored", async () => {
    const { id, key } = await add();
    expect(key).toMatch(/^flk_/);
    expect(await keys.verify(key)).toEqual({
      kind: "person",
      id,
      name: "reports",
      role: "operator",
      account: "north",
      scope: { accounts: ["north"], tags: ["roof"] },
      apiKey: { owner: "p1" },
    });
    for (const wrong of [`${key}x`, key.replace(/.$/, key.endsWith("A") ? "B" : "A"), "flk_x"])
      expect(await keys.verify(wrong)).toBeUndefined();
    expect(JSON.stringify(await stored())).not.toContain(key.split(".")[1]);
    expect((await keys.list()).map((one) => one.id)).toEqual([id]);
    await keys.revoke(id);
    await keys.revoke(id);
    expect(await keys.verify(key)).toBeUndefined();
    expect(await keys.verifyId(id)).toBeUndefined();
    expect(await keys.list()).toEqual([]);
  });

  it("end at `until`, even while they are cached", async () => {
    const { id, key } = await add({ until: 2_000 });
    expect(await keys.verify(key)).toMatchObject({ apiKey: { until: 2_000 } });
    now = 2_000;
    expect(await keys.verify(key)).toBeUndefined();
    expect(await keys.verifyId(id)).toBeUndefined();
  });

  it("have at most the role, tags and account that their owner has now", async () => {
    const { key } = await add();
    const unlimited = await add({ tags: undefined as never });
    await people.changeAccess("p1", async () => ({ role: "viewer", account: "north", tags: ["hall"] }));
    expect(await keys.verify(key)).toMatchObject({ role: "viewer", scope: { tags: [] } });
    expect(await keys.verify(unlimited.key)).toMatchObject({ role: "viewer", scope: { tags: ["hall"] } });
    await people.changeAccess("p1", async () => ({ role: "operator", account: "south" }));
    keys.forget();
    expect(await keys.verify(key)).toBeUndefined();
    await people.changeAccess("p1", async () => ({ role: "admin", account: "south" }));
    expect(await keys.verify(key)).toMatchObject({ role: "operator", account: "north" });
    await people.end("p1");
    keys.forget();
    expect(await keys.verify(key)).toBeUndefined();
  });

  it("keep their access if their owner is the administrator's token", async () => {
    const { key } = await add({ owner: "admin" });
    expect(await keys.verify(key)).toMatchObject({ role: "operator", apiKey: { owner: "admin" } });
  });
});
