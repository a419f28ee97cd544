import type { Person } from "@fleetlog/domain";
import { MemoryObjects } from "@fleetlog/log";
import { beforeEach, describe, expect, it } from "vitest";
import { createAccount } from "../accounts/change.ts";
import { type Caller, personCaller } from "../caller.ts";
import { PendingObjects } from "../dependencies/artifacts/pending-objects.ts";
import { moveDevice } from "../devices/move.ts";
import { registerDevice } from "../devices/register.ts";
import { retireDevice } from "../devices/retire.ts";
import { createApiKey, revokeApiKey } from "../people/api-keys/api-keys.ts";
import { resetPassword } from "../people/passwords.ts";
import { changePerson, endPerson, invitePerson, makePersonLink } from "../people/people.ts";
import { createProvisionRequest, stopProvisioning } from "../provisioning/index.ts";
import { person, testCaller } from "../testing/callers.ts";
import { type TestFleet, testFleet } from "../testing/test-fleet.ts";
import { type ArtifactUse, deleteArtifact } from "./delete.ts";
import { findArtifact, readArtifact } from "./find.ts";
import { mustStillRead } from "./still-read.ts";
import { type StoreResult, storeArtifact } from "./store.ts";
import { sweepArtifacts } from "./sweep.ts";

const caller = testCaller("ada", "c1");
const name = { name: "pump", version: "1.0" } as const;
const id = { account: "main", ...name } as const;

let fleet: TestFleet;
beforeEach(async () => {
  fleet = await testFleet();
});

async function* bytesOf(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

function store(text: string, by: Caller = caller, as: { account?: string } = {}): Promise<StoreResult> {
  return storeArtifact(fleet, by, {
    ...name,
    ...as,
    bytes: bytesOf(text),
    digests: {},
    mediaType: "application/octet-stream",
  });
}

const entries = async () => (await fleet.backbone.buckets.open("artifact-objects", { maxBytes: 1 })).entries();

describe("storing an artifact", () => {
  it("appends one event, which names the object, and deletes the entry of the upload", async () => {
    const { artifact, created } = await store("one");
    expect(created).toBe(true);
    expect(await fleet.events("ArtifactStored")).toMatchObject([
      { subject: "fleet.artifact.main=2Fpump=2F1=2E0", source: "/operators/ada", data: { ...id, size: 3, by: "ada" } },
    ]);
    expect(fleet.objects.ids).toEqual([artifact.object]);
    expect(await entries()).toEqual([]);
    expect(await store("one")).toMatchObject({ created: false, artifact: { object: artifact.object } });
    expect(await fleet.events()).toHaveLength(1);
  });

  it("stays within the account's limit of bytes in five concurrent uploads", async () => {
    const upload = (version: string, account: string) =>
      storeArtifact(fleet, testCaller("ada", "c1"), {
        ...{ name: "big", version, account, digests: {}, mediaType: "a/b" },
        bytes: bytesOf(version.repeat(600_000)),
      }).then(
        () => "stored",
        (error: { code: string }) => error.code,
      );
    await createAccount(fleet, personCaller(person("admin", "admin"), "c2"), { id: "north", name: "North" });
    const results = await Promise.all([..."12345"].map((version) => upload(version, "main")));
    expect(results.toSorted()).toEqual(["storage-full", "storage-full", "storage-full", "stored", "stored"]);
    expect(fleet.objects.ids).toHaveLength(2);
    expect(await upload("1", "north")).toBe("stored");
  });

  it("shows no version before its event is in the log, and removes the bytes if the event is refused", async () => {
    const source = async function* () {
      yield Buffer.from("one");
      await expect(findArtifact(fleet, id)).rejects.toMatchObject({ code: "artifact-unknown" });
      fleet.backbone.full();
    };
    const refused = storeArtifact(fleet, caller, { ...name, bytes: source(), digests: {}, mediaType: "a/b" });
    await expect(refused).rejects.toMatchObject({ code: "log-full" });
    expect(fleet.objects.ids).toEqual([]);
    fleet.backbone.room();
    expect((await store("two")).created).toBe(true);
  });

  it("fails if a sweep has removed the upload meanwhile", async () => {
    const source = async function* () {
      yield Buffer.from("one");
      // Another process of this node also sweeps at its start.
      const pending = new PendingObjects({ buckets: fleet.backbone.buckets, node: "g1", clock: Date.now });
      await sweepArtifacts({ log: fleet.log, artifacts: { ...fleet.artifacts, pending } });
    };
    const refused = storeArtifact(fleet, caller, { ...name, bytes: source(), digests: {}, mediaType: "a/b" });
    await expect(refused).rejects.toMatchObject({ code: "conflict" });
    expect(fleet.objects.ids).toEqual([]);
    expect(await fleet.events()).toEqual([]);
  });

  it("fails, and lists no version, if a sweep has removed the upload just before its event", async () => {
    const { record } = fleet.writer;
    fleet.writer.record = (async (decision: never) => {
      fleet.writer.record = record;
      const pending = new PendingObjects({ buckets: fleet.backbone.buckets, node: "g1", clock: Date.now });
      await sweepArtifacts({ log: fleet.log, artifacts: { ...fleet.artifacts, pending } });
      return record.call(fleet.writer, decision);
    }) as typeof record;
    await expect(store("one")).rejects.toMatchObject({ code: "conflict" });
    expect(fleet.objects.ids).toEqual([]);
    expect((await fleet.events()).map(({ type }) => type)).toEqual(["ArtifactStored", "ArtifactDeleted"]);
    expect(await entries()).toEqual([]);
    expect((await store("one")).created).toBe(true);
    expect(fleet.objects.ids).toHaveLength(1);
  });

  it("stores a version per account, and hides it from other accounts", async () => {
    await store("one");
    const ofNone = store("another", caller, { account: "acme" });
    await expect(ofNone).rejects.toMatchObject({ code: "account-unknown" });
    await createAccount(fleet, personCaller(person("root", "admin"), "c0"), { id: "acme", name: "Acme" });
    await store("another", caller, { account: "acme" });
    expect(await fleet.events("ArtifactStored")).toMatchObject([{ account: "main" }, { account: "acme" }]);
    const limited = (scope: Person["scope"]) => personCaller({ ...person("eve"), scope: scope ?? {} }, "c2");
    const acme = limited({ accounts: ["acme"] });
    expect(await readArtifact(fleet, acme, name)).toMatchObject({ account: "acme", size: 7 });
    await expect(readArtifact(fleet, acme, id)).rejects.toMatchObject({ code: "artifact-unknown" });
    await expect(store("mine", acme, { account: "main" })).rejects.toMatchObject({ code: "artifact-unknown" });
    await expect(deleteArtifact(fleet, acme, id)).rejects.toMatchObject({ code: "artifact-unknown" });
    const tagged = limited({ tags: ["north"] });
    await expect(readArtifact(fleet, tagged, name)).rejects.toMatchObject({ code: "artifact-unknown" });
  });

  it("is allowed to operators and refused to viewers", async () => {
    await store("one");
    const viewer = personCaller(person("vic", "viewer"), "c2");
    expect(await readArtifact(fleet, viewer, name)).toMatchObject({ size: 3 });
    await expect(store("two", viewer)).rejects.toMatchObject({ code: "forbidden" });
    await expect(deleteArtifact(fleet, viewer, name)).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("deleting an artifact", () => {
  it("removes its bytes, and does nothing when repeated", async () => {
    await store("one");
    await deleteArtifact(fleet, caller, name);
    await deleteArtifact(fleet, caller, name);
    expect(fleet.objects.ids).toEqual([]);
    expect(await entries()).toEqual([]);
    expect(await fleet.events("ArtifactDeleted")).toHaveLength(1);
  });

  it("is refused while something uses it", async () => {
    await store("one");
    const use: ArtifactUse = async ({ version }) => (version === "1.0" ? "provision request r1" : undefined);
    await expect(deleteArtifact(fleet, caller, name, [use])).rejects.toMatchObject({
      code: "artifact-in-use",
      message: expect.stringContaining("provision request r1"),
    });
    expect(fleet.objects.ids).toHaveLength(1);
  });

  it("is completed by a sweep if the object store was unreachable", async () => {
    await store("one");
    fleet.objects.reachable = false;
    await deleteArtifact(fleet, caller, name);
    fleet.objects.reachable = true;
    expect(fleet.objects.ids).toHaveLength(1);
    expect(await sweepArtifacts(fleet)).toBe(1);
    expect(fleet.objects.ids).toEqual([]);
  });
});

describe("a sweep", () => {
  let now = 0;
  let ahead = 0;
  const pendingOf = (node: string) =>
    new PendingObjects({
      buckets: fleet.backbone.buckets,
      node,
      clock: () => Date.now() + ahead,
      steady: () => now,
    });
  /** Leaves an upload as a killed process does. */
  const interrupted = async (node: string) => {
    const { id: object } = await pendingOf(node).begin(id);
    await fleet.objects.write(object, bytesOf("part"));
    return object;
  };
  const sweep = (node: string, all = false, pending = pendingOf(node)) =>
    sweepArtifacts({ log: fleet.log, artifacts: { ...fleet.artifacts, pending } }, { all });

  it("removes uploads of this node's earlier processes at once, and keeps those of other nodes", async () => {
    await interrupted("g1");
    const others = await interrupted("g2");
    expect(await sweep("g1")).toBe(1);
    expect(fleet.objects.ids).toEqual([others]);
    expect(await sweep("g1")).toBe(0);
  });

  it("removes an upload of another node that it has seen unchanged for ten minutes, whatever the clocks say", async () => {
    await interrupted("g2");
    const sweeper = pendingOf("g1");
    ahead = 3_600_000;
    expect(await sweep("g1", true, sweeper)).toBe(0);
    now += 9 * 60_000;
    expect(await sweep("g1", true, sweeper)).toBe(0);
    now += 60_000;
    expect(await sweep("g1", true, sweeper)).toBe(1);
    expect(fleet.objects.ids).toEqual([]);
  });

  it("keeps an object that an event names, and deletes its entry", async () => {
    const { artifact } = await store("one");
    await pendingOf("g1").begin(id, artifact.object);
    expect(await sweep("g1")).toBe(0);
    expect(fleet.objects.ids).toEqual([artifact.object]);
    expect(await entries()).toEqual([]);
  });

  it("keeps a running upload of the same process", async () => {
    const pending = pendingOf("g1");
    const { id: object } = await pending.begin(id);
    const objects = new MemoryObjects();
    await objects.write(object, bytesOf("part"));
    expect(await pending.sweep(objects, async () => false, { all: true })).toBe(0);
    expect(objects.ids).toEqual([object]);
  });
});

describe("a link to a download", () => {
  const still = (maker: string, account = "main") =>
    mustStillRead(fleet, maker, account).then(
      () => "yes",
      (error: { code: string }) => error.code,
    );

  it("ends with the access of the person who made it", async () => {
    const owner = personCaller(person("olga", "owner"), "c2");
    const { person: id } = await invitePerson(fleet, owner, { email: "ada@example.org", role: "viewer" });
    expect(await still(`people/${id}`)).toBe("forbidden");
    const { code } = await makePersonLink(fleet, owner, id, Date.now());
    await resetPassword(fleet, {}, { email: "ada@example.org", code, password: "correct horse battery" });
    expect([await still(`people/${id}`), await still(`people/${id}`, "north")]).toEqual(["yes", "forbidden"]);
    await changePerson(fleet, owner, id, { tags: ["roof"] });
    expect(await still(`people/${id}`)).toBe("forbidden");
    await changePerson(fleet, owner, id, { tags: null });
    expect(await still(`people/${id}`)).toBe("yes");
    await endPerson(fleet, owner, id);
    expect(await still(`people/${id}`)).toBe("forbidden");
  });

  it("ends with the API key or device that made it; a link of the administrator's token does not end early", async () => {
    const admin = personCaller(person("admin", "admin"), "c2");
    const { apiKey } = await createApiKey(fleet, admin, { name: "Key", role: "viewer", account: "main" }, Date.now());
    await registerDevice(fleet, admin, { id: "d1" });
    const makers = [`people/${apiKey.id}`, "devices/d1", "people/admin"];
    expect(await Promise.all(makers.map((maker) => still(maker)))).toEqual(["yes", "yes", "yes"]);
    await revokeApiKey(fleet, admin, apiKey.id);
    await retireDevice(fleet, admin, "d1");
    expect(await Promise.all(makers.map((maker) => still(maker)))).toEqual(["forbidden", "forbidden", "yes"]);
  });

  it("ends when its device leaves the account, and when its provision request is stopped", async () => {
    const admin = personCaller(person("admin", "admin"), "c2");
    await createAccount(fleet, admin, { id: "north", name: "North" });
    await registerDevice(fleet, admin, { id: "d1" });
    const order = { clientId: "c", userName: "u", device: { id: "p1" } };
    const { id: request } = await createProvisionRequest(fleet, admin, order, Date.now());
    const makers = ["devices/d1", `provision-requests/${request}`];
    expect(await Promise.all(makers.map((maker) => still(maker)))).toEqual(["yes", "yes"]);
    await moveDevice(fleet, admin, "d1", { to: "north", history: "along" });
    await stopProvisioning(fleet, admin, request);
    const others = ["provision-requests/none", "nobody/d1"];
    expect(await Promise.all([...makers, ...others].map((maker) => still(maker)))).toEqual(Array(4).fill("forbidden"));
    expect(await still("devices/d1", "north")).toBe("yes");
  });
});
