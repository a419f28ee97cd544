import { beforeEach, describe, expect, it, vi } from "vitest";
import { createAccount } from "../../accounts/change.ts";
import { personCaller } from "../../caller.ts";
import { person } from "../../testing/callers.ts";
import { type TestFleet, testFleet } from "../../testing/test-fleet.ts";
import { endPerson, invitePerson } from "../people.ts";
import { createApiKey, listApiKeys, revokeApiKey } from "./api-keys.ts";

const NOW = Date.parse("2026-11-28T00:00:00Z");
const admin = personCaller(person("root", "admin"), "c-0");
const inMain = (id: string, role: "viewer" | "operator" | "owner", tags?: string[]) =>
  personCaller({ ...person(id, role), account: "main", scope: { accounts: ["main"], ...(tags && { tags }) } }, "c-1");
const owner = inMain("olga", "owner");
const viewer = inMain("vera", "viewer");

let fleet: TestFleet;
beforeEach(async () => {
  fleet = await testFleet();
});
const create = (caller = viewer, more = {}) =>
  createApiKey(fleet, caller, { name: "reports", role: "viewer", ...more }, NOW);
const idsFor = async (caller: typeof owner) => (await listApiKeys(fleet, caller)).map(({ id }) => id);

describe("API keys", () => {
  it("have at most the rights of the person who makes them", async () => {
    await expect(create(viewer, { role: "operator" })).rejects.toMatchObject({ code: "forbidden", field: "role" });
    const limited = inMain("tim", "operator", ["roof"]);
    await expect(create(limited, { tags: ["hall"] })).rejects.toMatchObject({ code: "forbidden", field: "tags" });
    expect((await create(limited)).apiKey).toMatchObject({ tags: ["roof"], account: "main", owner: "tim" });
    await expect(create(viewer, { account: "north" })).rejects.toMatchObject({ code: "account-unknown" });
    await expect(create(admin, { account: "north" })).rejects.toMatchObject({ code: "account-unknown" });
    await expect(create(viewer, { expiresAt: "2026-11-28T00:00:00Z" })).rejects.toMatchObject({ field: "expiresAt" });
    const { key } = await create(owner, { role: "owner" });
    const principal = await fleet.apiKeys.verify(key);
    if (principal === undefined) throw new Error("the key is not valid");
    await expect(create(personCaller(principal, "c-2"))).rejects.toMatchObject({ code: "forbidden" });
  });

  it("are not valid if their owner's access ends while they are made", async () => {
    const { person: id } = await invitePerson(fleet, admin, { email: "ada@example.org", role: "viewer" });
    await fleet.people.activate(id);
    const { key, id: keyId } = fleet.apiKeys.make();
    vi.spyOn(fleet.apiKeys, "make").mockReturnValueOnce({ key, id: keyId });
    const { add } = fleet.apiKeys;
    vi.spyOn(fleet.apiKeys, "add").mockImplementationOnce(async (...given) => {
      await endPerson(fleet, admin, id);
      return add.apply(fleet.apiKeys, given);
    });
    await expect(create(inMain(id, "viewer"))).rejects.toMatchObject({ code: "person-ended" });
    expect(await fleet.apiKeys.verify(key)).toBeUndefined();
    expect(await fleet.apiKeys.list()).toEqual([]);
    expect(await fleet.events("ApiKeyRevoked")).toMatchObject([{ data: { key: keyId, reason: "person-ended" } }]);
  });

  it("are seen and revoked by their maker and by owners of the account", async () => {
    const { key, apiKey } = await create();
    expect([await idsFor(viewer), await idsFor(owner), await idsFor(admin)]).toEqual(Array(3).fill([apiKey.id]));
    const another = inMain("otto", "operator");
    expect(await idsFor(another)).toEqual([]);
    await expect(revokeApiKey(fleet, another, apiKey.id)).rejects.toMatchObject({ code: "api-key-unknown" });
    const admins = await create(admin, { role: "admin" });
    expect(await idsFor(owner)).toEqual([apiKey.id]);
    await expect(revokeApiKey(fleet, owner, admins.apiKey.id)).rejects.toMatchObject({ code: "api-key-unknown" });
    await revokeApiKey(fleet, owner, apiKey.id);
    await revokeApiKey(fleet, owner, apiKey.id);
    expect(await fleet.apiKeys.verify(key)).toBeUndefined();
    const events = await fleet.events();
    expect(events.map(({ type, account }) => [type, account])).toEqual([
      ["ApiKeyCreated", "main"],
      ["ApiKeyCreated", "main"],
      ["ApiKeyRevoked", "main"],
    ]);
    expect(JSON.stringify(events)).not.toContain(key.split(".")[1]);
  });

  it("see and revoke themselves and, as owners, those of their account, but no others of their maker", async () => {
    await createAccount(fleet, admin, { id: "north", name: "North" });
    const made = {
      main: (await create(admin)).apiKey.id,
      viewer: await create(admin, { account: "north", tags: ["roof"] }),
      owner: await create(admin, { account: "north", role: "owner" }),
    };
    const asKey = async ({ key }: { key: string }) => {
      const principal = await fleet.apiKeys.verify(key);
      if (principal === undefined) throw new Error("the key is not valid");
      return personCaller(principal, "c-3");
    };
    const [asViewer, asOwner] = [await asKey(made.viewer), await asKey(made.owner)];
    expect(await idsFor(asViewer)).toEqual([made.viewer.apiKey.id]);
    expect((await idsFor(asOwner)).toSorted()).toEqual([made.viewer.apiKey.id, made.owner.apiKey.id].toSorted());
    for (const caller of [asViewer, asOwner])
      await expect(revokeApiKey(fleet, caller, made.main)).rejects.toMatchObject({ code: "api-key-unknown" });
    await expect(revokeApiKey(fleet, asViewer, made.owner.apiKey.id)).rejects.toMatchObject({
      code: "api-key-unknown",
    });
    await revokeApiKey(fleet, asViewer, made.viewer.apiKey.id);
    expect(await idsFor(asOwner)).toEqual([made.owner.apiKey.id]);
    expect(await idsFor(admin)).toContain(made.main);
  });

  it("end even if the full log refuses the event, and the answer says so; a repeated call records it", async () => {
    const { key, apiKey } = await create();
    fleet.backbone.full();
    await expect(revokeApiKey(fleet, owner, apiKey.id)).rejects.toMatchObject({
      code: "log-full",
      message: expect.stringContaining("is not valid any more, but this may not be recorded"),
      advice: expect.stringContaining("Repeat it"),
    });
    expect(await fleet.apiKeys.verify(key)).toBeUndefined();
    fleet.backbone.room();
    await revokeApiKey(fleet, owner, apiKey.id);
    expect(await fleet.events("ApiKeyRevoked")).toHaveLength(1);
  });

  it("end with their maker, and all nodes are informed", async () => {
    const ended: unknown[] = [];
    const { person: id } = await invitePerson(fleet, owner, { email: "ada@example.org", role: "operator" });
    await fleet.people.setPassword(id, "correct horse");
    const { key, apiKey } = await create(inMain(id, "operator"));
    const other = await create();
    expect(await fleet.apiKeys.verify(key)).toMatchObject({ id: apiKey.id });
    fleet.bus.subscribe("access.ended", ({ data }) => void ended.push(data));
    await endPerson(fleet, owner, id);
    expect(await fleet.apiKeys.verify(key)).toBeUndefined();
    expect(await fleet.apiKeys.verify(other.key)).toBeDefined();
    expect(ended).toEqual([{ person: id }, { person: apiKey.id }]);
    expect((await fleet.events("ApiKeyRevoked"))[0]?.data).toMatchObject({ key: apiKey.id, reason: "person-ended" });
  });
});
