import { AUTHORITIES_CHANGED } from "@fleetlog/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import { createAccount } from "../accounts/change.ts";
import { partCaller, personCaller } from "../caller.ts";
import { issueCommand } from "../commands/issue.ts";
import { changeDevice } from "../devices/change.ts";
import { moveDevice } from "../devices/move.ts";
import { registerDevice } from "../devices/register.ts";
import { reportProfile } from "../devices/report-profile.ts";
import { retireDevice } from "../devices/retire.ts";
import { person, testCaller } from "../testing/callers.ts";
import { type TestFleet, testFleet } from "../testing/test-fleet.ts";
import { defaultsOf } from "./defaults.ts";
import { deleteDeviceType, putDeviceType } from "./device-types.ts";
import { deleteGroup, putGroup } from "./groups.ts";
import { desiredConfiguration } from "./load.ts";
import { reportConfiguration } from "./report.ts";
import { isStale, reviseConfiguration } from "./revise.ts";
import { restoreConfiguration, setConfiguration } from "./set.ts";

const ann = testCaller("ann", "c1");
const bob = testCaller("bob", "c2");
const schema = {
  type: "object",
  properties: { interval: { type: "integer", minimum: 1 }, unit: { enum: ["C", "F"] } },
  required: ["interval"],
  additionalProperties: false,
};
let fleet: TestFleet;
beforeEach(async () => {
  fleet = await testFleet();
  await registerDevice(fleet, ann, { id: "d1", tags: ["roof"] });
});

const desired = () => desiredConfiguration(fleet, "d1");

describe("saving a group", () => {
  it("makes nodes check certified sessions only if a customer's authority is limited to the group", async () => {
    const record = { name: "Plant", account: "main", group: "roof", certificate: "x", addedAt: "x", addedBy: "ann" };
    await fleet.authorities.add("9c1d6f0e3c1a4a539d0e6a4f6c1b2d11", record);
    let changes = 0;
    fleet.bus.subscribe(AUTHORITIES_CHANGED, () => void changes++);
    const saved = async (name: string, account = "main") => {
      await putGroup(fleet, ann, { name, account }, { filter: { tag: "roof" } });
      await new Promise(setImmediate);
      return changes;
    };
    await createAccount(fleet, partCaller("t"), { id: "north", name: "North" });
    expect(await saved("cellar")).toBe(0);
    expect(await saved("roof", "north")).toBe(0);
    expect(await saved("roof")).toBe(1);
    await deleteGroup(fleet, ann, { name: "cellar" });
    await deleteGroup(fleet, ann, { name: "roof" });
    await new Promise(setImmediate);
    expect(changes).toBe(2);
  });
});

describe("setting a device's configuration", () => {
  it("records a revision with its author, and nothing for equal values", async () => {
    expect(await setConfiguration(fleet, ann, "d1", { interval: 5 })).toMatchObject({ revision: 1 });
    expect(await setConfiguration(fleet, bob, "d1", { interval: 5 })).toMatchObject({ revision: 1 });
    expect(await desired()).toMatchObject({ revision: 1, values: { interval: 5 }, setBy: "ann" });
    expect(await fleet.events("ConfigurationSet")).toHaveLength(1);
  });

  it("refuses a change of an outdated revision, naming the author and the values of the newest", async () => {
    await setConfiguration(fleet, ann, "d1", { interval: 5, unit: "C" });
    await setConfiguration(fleet, bob, "d1", { interval: 7, unit: "C" }, ["1"]);
    const late = setConfiguration(fleet, ann, "d1", { interval: 9 }, ["1"]);
    await expect(late).rejects.toMatchObject({
      code: "precondition-failed",
      message: expect.stringMatching(/revision 2 was set by bob at .*; since revision 1 \/interval: 5 → 7$/),
    });
  });

  it("accepts one of two simultaneous changes of the same revision", async () => {
    const both = [ann, bob].map((caller, i) => setConfiguration(fleet, caller, "d1", { interval: i + 1 }, ["0"]));
    const results = await Promise.allSettled(both);
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it("checks the schema of the device's type, and names the field", async () => {
    await putDeviceType(fleet, ann, { name: "thermometer" }, { schema, model: "T-*" });
    await reportProfile(fleet, "d1", { model: "T-1" });
    const field = (values: object) =>
      setConfiguration(fleet, ann, "d1", values as never).then(
        () => undefined,
        (error: { field?: string }) => error.field,
      );
    expect(await field({ interval: "5" })).toBe("values.interval");
    expect(await field({ unit: "C" })).toBe("values.interval");
    expect(await field({ interval: 1, intervall: 1 })).toBe("values.intervall");
    expect(await field({ interval: 1, unit: "K" })).toBe("values.unit");
    expect(await field({ interval: 1, unit: "C" })).toBeUndefined();
  });

  it("merges the defaults of type and groups with the device's own values", async () => {
    await putDeviceType(fleet, ann, { name: "thermometer" }, { schema, configuration: { interval: 60, unit: "C" } });
    await changeDevice(fleet, ann, "d1", { type: "thermometer" });
    await putGroup(fleet, ann, { name: "b" }, { filter: { tag: "roof" }, configuration: { interval: 30 } });
    await putGroup(
      fleet,
      ann,
      { name: "a" },
      { filter: { tag: "roof" }, configuration: { interval: 20 }, priority: 1 },
    );
    await putGroup(fleet, ann, { name: "other" }, { filter: { tag: "cellar" }, configuration: { interval: 1 } });
    await putGroup(fleet, ann, { name: "not-allowed" }, { filter: { tag: "roof" }, configuration: { colour: "red" } });
    await setConfiguration(fleet, ann, "d1", { unit: null });
    expect(await desired()).toMatchObject({
      values: { interval: 20 },
      defaults: [{ from: "type:thermometer" }, { from: "group:b" }, { from: "group:a" }],
    });
  });

  it("is refused for an unknown and a retired device, and for a viewer", async () => {
    await expect(setConfiguration(fleet, ann, "d2", {})).rejects.toMatchObject({ code: "device-unknown" });
    await retireDevice(fleet, ann, "d1");
    await expect(setConfiguration(fleet, ann, "d1", {})).rejects.toMatchObject({ code: "device-retired" });
    const viewer = personCaller(person("vic", "viewer"), "c3");
    await expect(setConfiguration(fleet, viewer, "d1", {})).rejects.toMatchObject({ code: "forbidden" });
  });

  it("refuses values of more than 64 KiB", async () => {
    const values = { text: "x".repeat(65_536) };
    await expect(setConfiguration(fleet, ann, "d1", values)).rejects.toMatchObject({ code: "payload-too-large" });
  });
});

describe("restoring a revision", () => {
  it("makes a new revision with the earlier values", async () => {
    await setConfiguration(fleet, ann, "d1", { interval: 5 });
    await setConfiguration(fleet, ann, "d1", { interval: 7, unit: "C" });
    expect(await restoreConfiguration(fleet, bob, "d1", 1)).toMatchObject({ revision: 3 });
    expect(await desired()).toMatchObject({ values: { interval: 5 }, own: { interval: 5 }, restored: 1, setBy: "bob" });
  });

  it("makes the earlier values again even if the defaults have changed", async () => {
    await putGroup(
      fleet,
      ann,
      { name: "roof" },
      { filter: { tag: "roof" }, configuration: { interval: 30, limits: { a: 1 } } },
    );
    await setConfiguration(fleet, ann, "d1", { unit: "C" });
    await putGroup(
      fleet,
      ann,
      { name: "roof" },
      { filter: { tag: "roof" }, configuration: { interval: 40, extra: true } },
    );
    await setConfiguration(fleet, ann, "d1", { unit: "F" });
    await restoreConfiguration(fleet, ann, "d1", 1);
    expect((await desired())?.values).toEqual({ interval: 30, limits: { a: 1 }, unit: "C" });
  });

  it("refuses an unknown revision", async () => {
    await expect(restoreConfiguration(fleet, ann, "d1", 1)).rejects.toMatchObject({ code: "not-found" });
  });
});

describe("a device's report", () => {
  it("is not recorded again if it equals the newest of 70 reports about the same revision", async () => {
    await setConfiguration(fleet, ann, "d1", { interval: 5 });
    for (let i = 0; i < 70; i++)
      await reportConfiguration(fleet, "d1", { revision: 1, state: "applied", values: { i } });
    await reportConfiguration(fleet, "d1", { revision: 1, state: "applied", values: { i: 69 } });
    expect(await fleet.events("ConfigurationReported")).toHaveLength(70);
    await setConfiguration(fleet, ann, "d1", { interval: 6 }, ["1"]);
    expect(await desired()).toMatchObject({ revision: 2, values: { interval: 6 } });
  });

  it("has the newest configuration as its cause if it is about that configuration", async () => {
    await setConfiguration(fleet, ann, "d1", { interval: 5 });
    await reportConfiguration(fleet, "d1", { revision: 1, state: "applied" });
    await setConfiguration(fleet, ann, "d1", { interval: 6 });
    await reportConfiguration(fleet, "d1", { revision: 1, state: "applied", values: { interval: 5 } });
    const [set] = await fleet.events("ConfigurationSet");
    const causes = (await fleet.events("ConfigurationReported")).map(({ causationid }) => causationid);
    expect(causes).toEqual([set?.id, undefined]);
  });

  it("is refused if it is about a revision that was never desired", async () => {
    const report = reportConfiguration(fleet, "d1", { revision: 1, state: "applied" });
    await expect(report).rejects.toMatchObject({ code: "invalid-request", field: "revision" });
  });
});

describe("revising a configuration", () => {
  const revise = async () => {
    const { lastSeq } = await fleet.log.state("FLEET");
    const found = await defaultsOf(fleet, "d1", lastSeq);
    if (!isStale(found)) return undefined;
    const signal = new AbortController().signal;
    const { event } = await reviseConfiguration(fleet, partCaller("t"), found, {
      reason: "r",
      signal,
    });
    return event?.data;
  };

  it("follows a default that is added, no longer matches, or is deleted", async () => {
    expect(await revise()).toBeUndefined();
    await putGroup(fleet, ann, { name: "roof" }, { filter: { tag: "roof" }, configuration: { a: 1 } });
    expect(await revise()).toMatchObject({ revision: 1, values: { a: 1 } });
    expect(await revise()).toBeUndefined();
    await changeDevice(fleet, ann, "d1", { tags: [] });
    expect(await revise()).toMatchObject({ revision: 2, values: {} });
    await changeDevice(fleet, ann, "d1", { tags: ["roof"] });
    await revise();
    await deleteGroup(fleet, ann, { name: "roof" });
    expect(await revise()).toMatchObject({ revision: 4, values: {} });
  });

  it("removes the own values of a retired device after its id was registered again", async () => {
    await setConfiguration(fleet, ann, "d1", { secretive: true });
    await retireDevice(fleet, ann, "d1");
    await registerDevice(fleet, ann, { id: "d1" });
    expect(await revise()).toMatchObject({ revision: 2, own: {}, values: {} });
    await setConfiguration(fleet, ann, "d1", { a: 1 });
    expect(await revise()).toBeUndefined();
  });
});

describe("device types", () => {
  it("are changed only with their newest revision, and deleted only while unused", async () => {
    const { seq } = await putDeviceType(fleet, ann, { name: "t" }, { board: "B1" });
    await expect(putDeviceType(fleet, bob, { name: "t" }, {}, ["1"])).rejects.toMatchObject({
      code: "precondition-failed",
      message: "device type t was changed since it was read",
    });
    await expect(putDeviceType(fleet, bob, { name: "new" }, {}, ["1"])).rejects.toMatchObject({
      code: "precondition-failed",
      message: "device type new does not exist",
    });
    await putDeviceType(fleet, bob, { name: "t" }, { board: "B2", model: "M*" }, [String(seq)]);
    await reportProfile(fleet, "d1", { model: "M1" });
    await expect(deleteDeviceType(fleet, ann, { name: "t" })).rejects.toMatchObject({ code: "device-type-in-use" });
    await reportProfile(fleet, "d1", { model: "N1" });
    await deleteDeviceType(fleet, ann, { name: "t" });
    await expect(deleteDeviceType(fleet, ann, { name: "t" })).rejects.toMatchObject({ code: "device-type-unknown" });
    await expect(changeDevice(fleet, ann, "d1", { type: "t" })).rejects.toMatchObject({ field: "type" });
  });

  it("are refused with an invalid default, schema or command", async () => {
    const put = (definition: object) => putDeviceType(fleet, ann, { name: "t" }, definition);
    await expect(put({ schema, configuration: { interval: 0 } })).rejects.toMatchObject({
      field: "configuration.interval",
    });
    await expect(put({ schema: { type: "array" } })).rejects.toMatchObject({ field: "schema.type" });
    await expect(put({ commands: [5] })).rejects.toMatchObject({ field: "commands" });
  });

  it("declare commands for devices whose profile declares none", async () => {
    const params = { type: "object", properties: { rpm: { type: "integer" } } };
    await putDeviceType(fleet, ann, { name: "t" }, { model: "M*", commands: [{ name: "run", params }] });
    await reportProfile(fleet, "d1", { model: "M1" });
    const request = { device: "d1", name: "run", params: { rpm: "9" }, deadline: "2999-01-01T00:00:00Z" };
    await expect(issueCommand(fleet, ann, request)).rejects.toMatchObject({ field: "params.rpm" });
    await reportProfile(fleet, "d1", { model: "M1", commands: ["run"] });
    expect(await issueCommand(fleet, ann, request)).toMatchObject({ state: "issued" });
  });

  it("can't be changed by a person who is limited to tags, and neither can groups", async () => {
    const limited = personCaller({ ...person("lim"), scope: { tags: ["roof"] } }, "c4");
    await expect(putDeviceType(fleet, limited, { name: "t" }, {})).rejects.toMatchObject({ code: "forbidden" });
    await expect(putGroup(fleet, limited, { name: "g" }, { filter: {} })).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("two accounts", () => {
  const of = (account: string) => personCaller({ ...person(account), account, scope: { accounts: [account] } }, "c5");
  const [mia, nora] = [of("main"), of("north")];
  const atEnd = async () => ({ atLeast: (await fleet.log.state("FLEET")).lastSeq });
  beforeEach(async () => {
    await createAccount(fleet, partCaller("t"), { id: "north", name: "North" });
    await registerDevice(fleet, nora, { id: "n1", tags: ["roof"] });
  });

  it("have their own types and groups, even with equal names, for their own devices only", async () => {
    await putDeviceType(fleet, mia, { name: "t" }, { model: "M*", configuration: { of: "main" } });
    await putDeviceType(fleet, nora, { name: "t" }, { model: "M*", configuration: { unit: "C" }, schema });
    await putGroup(fleet, nora, { name: "roof" }, { filter: { tag: "roof" }, configuration: { interval: 9 } });
    for (const device of ["d1", "n1"]) await reportProfile(fleet, device, { model: "M1" });
    await setConfiguration(fleet, mia, "d1", { free: true });
    expect((await desired())?.values).toEqual({ of: "main", free: true });
    // Only the type of north has a schema.
    await expect(setConfiguration(fleet, nora, "n1", { free: true })).rejects.toMatchObject({ field: "values.free" });
    await setConfiguration(fleet, nora, "n1", {});
    expect((await desiredConfiguration(fleet, "n1"))?.values).toEqual({ interval: 9, unit: "C" });
    const list = async (scope: { accounts?: string[] }, params: object) =>
      (await fleet.views.query("devices.list", params, { scope, ...(await atEnd()) })).items.map(({ id }) => id);
    expect(await list({}, { type: "t" })).toEqual(["d1", "n1"]);
    expect(await list({}, { type: "t", account: "north" })).toEqual(["n1"]);
    expect(await list({ accounts: ["main"] }, { type: "t" })).toEqual(["d1"]);
    expect(await list({}, { group: "roof" })).toEqual(["n1"]);
    await expect(list({ accounts: ["main"] }, { group: "roof" })).rejects.toMatchObject({ code: "group-unknown" });
    const seen = await fleet.views.query("types.list", {}, { scope: { accounts: ["north"] }, ...(await atEnd()) });
    expect(seen.items).toMatchObject([{ name: "t", account: "north", devices: 1 }]);
  });

  it("do not see who set a configuration before a move without history", async () => {
    await setConfiguration(fleet, nora, "n1", { interval: 5 });
    await setConfiguration(fleet, nora, "n1", { interval: 6 });
    await moveDevice(fleet, partCaller("t"), "n1", { to: "main", history: "stays" });
    await reportConfiguration(fleet, "n1", { revision: 2, state: "applied" });
    const refused = await setConfiguration(fleet, mia, "n1", {}, ["1"]).catch((error: Error) => error.message);
    expect(refused).toBe("the configuration of n1 was changed meanwhile: revision 2 is the newest");
    await setConfiguration(fleet, mia, "n1", { interval: 7 });
    await expect(setConfiguration(fleet, mia, "n1", {}, ["2"])).rejects.toThrow(/revision 3 was set by main at /);
  });

  it("have types that only their own people change and their own devices use", async () => {
    await expect(putDeviceType(fleet, mia, { name: "t", account: "north" }, {})).rejects.toMatchObject({
      code: "account-unknown",
    });
    await expect(putGroup(fleet, ann, { name: "g", account: "south" }, { filter: {} })).rejects.toMatchObject({
      code: "account-unknown",
    });
    await putDeviceType(fleet, nora, { name: "t" }, {});
    await expect(deleteDeviceType(fleet, mia, { name: "t" })).rejects.toMatchObject({ code: "device-type-unknown" });
    await expect(changeDevice(fleet, mia, "d1", { type: "t" })).rejects.toMatchObject({ field: "type" });
    await changeDevice(fleet, nora, "n1", { type: "t" });
    const [defined] = await fleet.events("DeviceTypeDefined");
    expect(defined).toMatchObject({ account: "north", data: { name: "t", account: "north", by: "north" } });
    await moveDevice(fleet, partCaller("t"), "n1", { to: "main", history: "along" });
    expect(await fleet.views.query("types.ofDevice", { id: "n1" }, await atEnd())).toBeNull();
    await deleteDeviceType(fleet, nora, { name: "t" });
  });
});

describe("groups", () => {
  it("have the devices that match now", async () => {
    await putGroup(fleet, ann, { name: "roof" }, { filter: { tag: "roof" } });
    const ids = async () => {
      const atLeast = (await fleet.log.state("FLEET")).lastSeq;
      return (await fleet.views.query("devices.list", { group: "roof" }, { atLeast })).items.map(({ id }) => id);
    };
    expect(await ids()).toEqual(["d1"]);
    await changeDevice(fleet, ann, "d1", { tags: [] });
    await registerDevice(fleet, ann, { id: "d2", tags: ["roof"] });
    expect(await ids()).toEqual(["d2"]);
    await deleteGroup(fleet, ann, { name: "roof" });
    await expect(ids()).rejects.toMatchObject({ code: "group-unknown", field: "group" });
  });

  it("with a filter by connection can't have a default configuration", async () => {
    const group = { filter: { status: "connected" }, configuration: { a: 1 } };
    await expect(putGroup(fleet, ann, { name: "g" }, group)).rejects.toMatchObject({ field: "filter.status" });
  });
});
