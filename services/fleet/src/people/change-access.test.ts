import { FleetError } from "@fleetlog/domain";
import type { PersonProof } from "@fleetlog/identity";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { createAccount } from "../accounts/change.ts";
import { personCaller } from "../caller.ts";
import { person } from "../testing/callers.ts";
import { type TestFleet, testFleet } from "../testing/test-fleet.ts";
import { finishChanges } from "./change-access.ts";
import { changePerson, invitePerson } from "./people.ts";

const admin = personCaller(person("root", "admin"), "c-0");
const logger = { info: vi.fn(), warn: vi.fn(), error() {} };

let fleet: TestFleet;
let id: string;
let proof: PersonProof;
beforeEach(async () => {
  fleet = await testFleet();
  await createAccount(fleet, admin, { id: "north", name: "North" });
  ({ person: id } = await invitePerson(fleet, admin, { email: "ada@example.org", role: "operator", tags: ["roof"] }));
  proof = (await fleet.people.activate(id)) as PersonProof;
});

const access = async () => {
  const found = await fleet.people.verify(proof);
  return [found?.role, found?.account, found?.scope?.tags];
};
const change = (to: Parameters<typeof changePerson>[3]) => changePerson(fleet, admin, id, to);
const types = async () => (await fleet.events()).slice(2).map(({ type, data }) => [type, (data as { by: string }).by]);
/** Finishes changes later, as another process that starts. */
const finishLater = () => finishChanges(fleet, logger, 0);
/** The store's call never returns, as in a process that is killed. */
const killedIn = async (step: "beginChange" | "changeAccess", to: Parameters<typeof changePerson>[3]) => {
  const stored = fleet.people[step].bind(fleet.people) as (...given: unknown[]) => Promise<unknown>;
  const reached = Promise.withResolvers<void>();
  vi.spyOn(fleet.people, step).mockImplementationOnce(async (...given: unknown[]) => {
    if (step === "beginChange") await stored(...given);
    reached.resolve();
    return new Promise<never>(() => {});
  });
  void change(to);
  await reached.promise;
};

describe("a change of a person's access", () => {
  it("takes rights away before it is recorded; after a kill, another process completes it", async () => {
    await killedIn("beginChange", { role: "viewer" });
    expect(await access()).toEqual(["viewer", "main", ["roof"]]);
    expect(await types()).toEqual([]);
    await finishChanges(fleet, logger);
    expect(await types()).toEqual([]);
    await finishLater();
    expect(await types()).toEqual([["PersonRoleChanged", "root"]]);
    expect(await access()).toEqual(["viewer", "main", ["roof"]]);
    expect(await fleet.people.unfinishedChanges(0)).toEqual([]);
  });

  it("gives rights only after it is recorded; after a kill in between, another process completes it", async () => {
    await killedIn("changeAccess", { role: "owner", tags: null });
    expect(await types()).toEqual([
      ["PersonRoleChanged", "root"],
      ["PersonTagsChanged", "root"],
    ]);
    expect(await access()).toEqual(["operator", "main", ["roof"]]);
    await finishLater();
    expect(await access()).toEqual(["owner", "main", undefined]);
    expect(await types()).toHaveLength(2);
  });

  it.each<[object, unknown[], unknown[]]>([
    [{ role: "viewer", tags: ["roof", "hall"] }, ["viewer", "main", ["roof"]], ["viewer", "main", ["roof", "hall"]]],
    [{ tags: ["hall"] }, ["operator", "main", []], ["operator", "main", ["hall"]]],
    [{ account: "north" }, ["viewer", "main", []], ["operator", "north", ["roof"]]],
    [{ role: "admin", account: "north" }, ["operator", "main", ["roof"]], ["admin", "north", ["roof"]]],
  ])("to %j removes at once what the new access lacks, and gives the rest later", async (to, between, after) => {
    await killedIn("beginChange", to);
    expect(await access()).toEqual(between);
    await finishLater();
    expect(await access()).toEqual(after);
  });

  it("takes rights away even while the log is full, says so, and is recorded when there is space", async () => {
    fleet.backbone.full();
    await expect(change({ role: "viewer" })).rejects.toMatchObject({
      code: "log-full",
      message: expect.stringContaining("What the change takes away has ended, but this may not be recorded"),
    });
    expect(await access()).toEqual(["viewer", "main", ["roof"]]);
    fleet.backbone.room();
    await finishLater();
    expect(await types()).toEqual([["PersonRoleChanged", "root"]]);
  });

  it("is dropped if it only gives rights and the full log refuses it", async () => {
    fleet.backbone.full();
    await expect(change({ role: "owner" })).rejects.toMatchObject({
      code: "log-full",
      message: expect.not.stringContaining("ended"),
    });
    fleet.backbone.room();
    await finishLater();
    expect([await access(), await types()]).toEqual([["operator", "main", ["roof"]], []]);
  });

  it("keeps the recorded role if the log then refuses the tags, and completes the tags later", async () => {
    const { append } = fleet.log;
    const refusing = vi.spyOn(fleet.log, "append").mockImplementation(async (event, options) => {
      if (event.type === "PersonTagsChanged") throw new FleetError("log-full", "the log is full");
      return append.call(fleet.log, event, options);
    });
    await expect(change({ role: "viewer", tags: ["cellar"] })).rejects.toMatchObject({ code: "log-full" });
    expect(await access()).toEqual(["viewer", "main", []]);
    refusing.mockRestore();
    await finishLater();
    expect(await access()).toEqual(["viewer", "main", ["cellar"]]);
  });

  it("does not replace a newer change: of two concurrent changes, the one recorded last holds", async () => {
    const stored = fleet.people.changeAccess.bind(fleet.people);
    let isFirst = true;
    vi.spyOn(fleet.people, "changeAccess").mockImplementationOnce((person, recorded, token) =>
      stored(
        person,
        async () => {
          const read = await recorded();
          if (isFirst) {
            isFirst = false;
            await change({ role: "viewer" });
          }
          return read;
        },
        token,
      ),
    );
    await change({ role: "owner" });
    expect((await access())[0]).toBe("viewer");
  });

  it("wins if it is recorded last, even if the other change began later", async () => {
    const begin = fleet.people.beginChange.bind(fleet.people);
    vi.spyOn(fleet.people, "beginChange").mockImplementationOnce(async (...given) => {
      const begun = await begin(...given);
      await change({ role: "viewer" });
      return begun;
    });
    await change({ role: "owner" });
    expect((await fleet.events("PersonRoleChanged")).at(-1)).toMatchObject({ data: { role: "owner" } });
    expect((await access())[0]).toBe("owner");
    expect(await fleet.people.unfinishedChanges(0)).toEqual([]);
  });

  it("is completed after an interruption, under its own author, by the next change of another attribute", async () => {
    await killedIn("beginChange", { role: "viewer" });
    await changePerson(fleet, personCaller(person("boss", "admin"), "c-1"), id, { tags: ["hall"] });
    expect(await types()).toEqual([
      ["PersonRoleChanged", "root"],
      ["PersonTagsChanged", "boss"],
    ]);
    expect(await access()).toEqual(["viewer", "main", ["hall"]]);
    expect(await fleet.people.unfinishedChanges(0)).toEqual([]);
  });

  it("does not restore rights that an earlier change took while the log was full; both changes are recorded later", async () => {
    fleet.backbone.full();
    for (const to of [{ role: "viewer" }, { tags: null }, { tags: ["roof", "hall"] }] as const)
      await expect(change(to)).rejects.toMatchObject({ code: "log-full" });
    expect(await access()).toEqual(["viewer", "main", ["roof"]]);
    fleet.backbone.room();
    await finishLater();
    expect(await types()).toEqual([
      ["PersonRoleChanged", "root"],
      ["PersonTagsChanged", "root"],
    ]);
    expect(await access()).toEqual(["viewer", "main", ["roof", "hall"]]);
  });
});
