import { beforeEach, describe, expect, it, vi } from "vitest";
import { createAccount } from "../accounts/change.ts";
import { personCaller } from "../caller.ts";
import { person, testCaller } from "../testing/callers.ts";
import { type TestFleet, testFleet } from "../testing/test-fleet.ts";
import { changeDevice } from "./change.ts";
import { moveDevice } from "./move.ts";
import { registerDevice } from "./register.ts";
import { registerDevices } from "./register-many.ts";
import { reportProfile } from "./report-profile.ts";
import { retireDevice } from "./retire.ts";
import { revisionOf } from "./revision.ts";
import { rotateToken } from "./rotate-token.ts";

const caller = testCaller("ann", "c1");
let fleet: TestFleet;
let token: string;
beforeEach(async () => {
  fleet = await testFleet();
  ({ token } = await registerDevice(fleet, caller, { id: "d1", name: "One", tags: ["a"] }));
});

describe("a device", () => {
  it("is registered once, with a token", async () => {
    expect(await fleet.credentials.verify("d1", token)).toBeDefined();
    await expect(registerDevice(fleet, caller, { id: "d1" })).rejects.toMatchObject({ code: "device-exists" });
    await expect(registerDevice(fleet, caller, { id: "d 1" })).rejects.toMatchObject({ code: "invalid-request" });
    expect(await fleet.events()).toMatchObject([
      {
        source: "/operators/ann",
        correlationid: "c1",
        data: { device: "d1", name: "One", tags: ["a"], by: "ann" },
      },
    ]);
  });

  it("is renamed and tagged only if name or tags change", async () => {
    expect(await changeDevice(fleet, caller, "d1", { name: null, tags: ["a"] })).toEqual({ seq: 2 });
    expect(await changeDevice(fleet, caller, "d1", { name: "Two", tags: ["b"] })).toEqual({ seq: 4 });
    expect(await changeDevice(fleet, caller, "d1", { name: "Two" })).toEqual({ seq: 4 });
    expect((await fleet.events()).map(({ type }) => type)).toEqual([
      "DeviceRegistered",
      "DeviceNameRemoved",
      "DeviceRenamed",
      "DeviceTagged",
    ]);
  });

  it("is changed only if it still has the revision that the caller read", async () => {
    const read = revisionOf({ name: "One", tags: ["a"] });
    await changeDevice(fleet, caller, "d1", { tags: ["b"], ifRevision: ["other", read] });
    const late = changeDevice(fleet, caller, "d1", { name: "Two", tags: ["c"], ifRevision: [read] });
    await expect(late).rejects.toMatchObject({ code: "precondition-failed", field: "If-Match" });
    await changeDevice(fleet, caller, "d1", {
      name: "Two",
      tags: ["c"],
      ifRevision: [revisionOf({ name: "One", tags: ["b"] })],
    });
    expect((await fleet.events()).map(({ type }) => type)).toEqual([
      "DeviceRegistered",
      "DeviceTagged",
      "DeviceRenamed",
      "DeviceTagged",
    ]);
    await expect(changeDevice(fleet, caller, "d2", { name: "x", ifRevision: [read] })).rejects.toMatchObject({
      code: "device-unknown",
    });
  });

  it("must keep one of the tags that the caller is limited to", async () => {
    const limited = personCaller({ ...person("lim"), scope: { tags: ["roof", "attic"] } }, "c2");
    const register = (id: string, tags?: string[]) => registerDevice(fleet, limited, { id, ...(tags && { tags }) });
    const refusal = { code: "forbidden", field: "tags", advice: expect.stringContaining("roof, attic") };
    await expect(register("d2")).rejects.toMatchObject(refusal);
    await expect(register("d2", ["cellar"])).rejects.toMatchObject(refusal);
    await register("d2", ["cellar", "attic"]);
    const [many] = await registerDevices(fleet, limited, [{ id: "d3", tags: ["cellar"] }]);
    expect(many).toMatchObject(refusal);
    await expect(changeDevice(fleet, limited, "d2", { tags: [] })).rejects.toMatchObject(refusal);
    await expect(changeDevice(fleet, limited, "d2", { name: "x", tags: ["cellar"] })).rejects.toMatchObject(refusal);
    await changeDevice(fleet, limited, "d2", { tags: ["roof"] });
    expect(await fleet.events("DeviceRegistered")).toHaveLength(2);
    expect(await fleet.events("DeviceRenamed")).toEqual([]);
  });

  it("gets a new token, and its gateway is notified", async () => {
    const { token: newer, seq } = await rotateToken(fleet, caller, "d1");
    expect(await fleet.credentials.verify("d1", token)).toBeUndefined();
    expect(await fleet.credentials.verify("d1", newer)).toBeDefined();
    const [rotated] = await fleet.events("DeviceTokenRotated");
    expect(rotated?.seq).toBe(seq);
    expect(fleet.liveMessages).toEqual([["live.d1.credential", { causationid: rotated?.id, correlationid: "c1" }]]);
  });

  it("loses its credential when it is retired; a repeated retirement changes nothing", async () => {
    const done = await retireDevice(fleet, caller, "d1", { reason: "sold" });
    expect(await fleet.credentials.verify("d1", token)).toBeUndefined();
    expect(await retireDevice(fleet, caller, "d1")).toEqual(done);
    const retired = await fleet.events("DeviceRetired");
    expect(retired).toMatchObject([{ seq: done.seq, data: { by: "ann", reason: "sold" } }]);
    expect(fleet.liveMessages[0]).toEqual(["live.d1.retired", { causationid: retired[0]?.id, correlationid: "c1" }]);
    await expect(retireDevice(fleet, caller, "d2")).rejects.toMatchObject({ code: "device-unknown" });
    await expect(rotateToken(fleet, caller, "d1")).rejects.toMatchObject({ code: "device-retired" });
  });

  it("loses its credential and session even if the full log refuses the retirement", async () => {
    fleet.backbone.full();
    const cause = retireDevice(fleet, caller, "d1");
    await expect(cause).rejects.toMatchObject({
      code: "log-full",
      message: expect.stringContaining("The credential of d1 is dead"),
      advice: expect.stringContaining("Repeat it"),
    });
    expect(await fleet.credentials.verify("d1", token)).toBeUndefined();
    expect(fleet.liveMessages).toEqual([["live.d1.credential", {}]]);
    fleet.backbone.room();
    await retireDevice(fleet, caller, "d1");
    expect(await fleet.events("DeviceRetired")).toHaveLength(1);
  });

  it("names its current account in the events of a session that continues after a move", async () => {
    const admin = personCaller(person("root", "admin"), "c0");
    await createAccount(fleet, admin, { id: "north", name: "North" });
    const device = { ...fleet, writer: fleet.writer.of("main") };
    await reportProfile(device, "d1", { model: "x" });
    await moveDevice(fleet, admin, "d1", { to: "north", history: "stays" });
    await reportProfile(device, "d1", { model: "y" });
    await reportProfile(device, "d1", { model: "z" });
    const reported = await fleet.events("DeviceProfileReported");
    expect(reported.map(({ account }) => account)).toEqual(["main", "north", "north"]);
  });

  it("has its profile recorded only if the profile has changed", async () => {
    const device = { ...fleet, writer: fleet.writer.from("/devices/d1") };
    expect((await reportProfile(device, "d1", { model: "x" })).lastSeq).toBe(2);
    expect((await reportProfile(device, "d1", { model: "x" })).lastSeq).toBe(2);
    const read = vi.spyOn(fleet.log, "read");
    expect((await reportProfile(device, "d1", { model: "y" })).lastSeq).toBe(3);
    // A device reports its profile at every start, and may have a long history.
    expect(read).not.toHaveBeenCalled();
    expect(await fleet.events("DeviceProfileReported")).toMatchObject([
      { source: "/devices/d1", data: { profile: { model: "x" } } },
      { source: "/devices/d1", data: { profile: { model: "y" } } },
    ]);
    await retireDevice(fleet, caller, "d1");
    await expect(reportProfile(device, "d1", { model: "z" })).rejects.toMatchObject({ code: "device-retired" });
  });
});
