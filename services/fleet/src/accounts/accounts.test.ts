import type { RecordedEvent } from "@fleetlog/domain";
import { beforeEach, describe, expect, it } from "vitest";
import { type Caller, personCaller } from "../caller.ts";
import { issueCommand } from "../commands/issue.ts";
import { changeDevice } from "../devices/change.ts";
import { moveDevice } from "../devices/move.ts";
import { registerDevice } from "../devices/register.ts";
import { registerDevices } from "../devices/register-many.ts";
import { retireDevice } from "../devices/retire.ts";
import { person } from "../testing/callers.ts";
import { type TestFleet, testFleet } from "../testing/test-fleet.ts";
import { changeAccount, createAccount } from "./change.ts";

const admin = personCaller(person("root", "admin"), "c-0");
const north: Caller = personCaller({ ...person("nora"), account: "north", scope: { accounts: ["north"] } }, "c-1");

let fleet: TestFleet;
beforeEach(async () => {
  fleet = await testFleet();
  await createAccount(fleet, admin, { id: "north", name: "North" });
});

/** Waits until the views have everything that is in the log. */
const settled = async () =>
  fleet.views.query("devices.rows", { ids: [] }, { atLeast: (await fleet.log.state("FLEET")).lastSeq });
const limit = async (account: string, devices: number) => {
  await changeAccount(fleet, admin, account, { limits: { devices } });
  await expect.poll(() => fleet.accounts.limitsOf(account)).toEqual({ devices });
};
const register = (id: string, caller = admin, account?: string) => registerDevice(fleet, caller, { id, account });
const refusals = (results: readonly unknown[]) => results.map((one) => (one as { code?: string }).code ?? "ok");

describe("accounts", () => {
  it("are created, renamed and limited by administrators only", async () => {
    await expect(createAccount(fleet, admin, { id: "north", name: "N" })).rejects.toMatchObject({
      code: "account-exists",
    });
    await expect(createAccount(fleet, admin, { id: "no th", name: "N" })).rejects.toMatchObject({ field: "id" });
    const operator = personCaller(person("ann"), "c-2");
    await expect(createAccount(fleet, operator, { id: "south", name: "S" })).rejects.toMatchObject({
      code: "forbidden",
    });
    await expect(changeAccount(fleet, admin, "south", { name: "S" })).rejects.toMatchObject({
      code: "account-unknown",
    });
    const scoped = personCaller({ ...person("al", "admin"), scope: { accounts: ["north"] } }, "c-3");
    await expect(changeAccount(fleet, scoped, "main", { name: "M" })).rejects.toMatchObject({
      code: "account-unknown",
    });
    await changeAccount(fleet, scoped, "north", { name: "Plant", limits: { devices: 3 } });
    expect((await fleet.events()).map(({ type, account }) => [type, account])).toEqual([
      ["AccountCreated", "north"],
      ["AccountRenamed", "north"],
      ["AccountLimitsChanged", "north"],
    ]);
  });

  it("keep their newest limit when the log repeats an older change", async () => {
    await limit("north", 1);
    await limit("north", 2);
    const [older] = await fleet.events("AccountLimitsChanged");
    if (older !== undefined) fleet.backbone.repeat(older);
    await createAccount(fleet, admin, { id: "south", name: "South" });
    await limit("south", 3);
    expect(fleet.accounts.limitsOf("north")).toEqual({ devices: 2 });
  });

  it("are found as soon as their creation is in the log", async () => {
    const unrelated = await testFleet();
    expect(await unrelated.accounts.find("north")).toBeUndefined();
    await createAccount(unrelated, admin, { id: "north", name: "North" });
    expect(await unrelated.accounts.get("north")).toMatchObject({ name: "North" });
    await expect(unrelated.accounts.get("south")).rejects.toMatchObject({ code: "account-unknown" });
  });

  it("own what their people create, if the request names no other account", async () => {
    await register("of-main");
    await register("of-north", north);
    await register("given", admin, "north");
    await expect(register("not-mine", north, "main")).rejects.toMatchObject({ code: "account-unknown" });
    await expect(register("nowhere", admin, "south")).rejects.toMatchObject({ code: "account-unknown" });
    const registered = await fleet.events("DeviceRegistered");
    expect(
      registered.map((event) => [(event as RecordedEvent & { data: { device: string } }).data.device, event.account]),
    ).toEqual([
      ["of-main", "main"],
      ["of-north", "north"],
      ["given", "north"],
    ]);
    expect(await fleet.credentials.verifyCertificate("given")).toEqual({ by: "certificate", account: "north" });
    const many = await registerDevices(fleet, north, [{ id: "m1" }, { id: "m2", account: "main" }, { id: "m3" }]);
    expect(refusals(many)).toEqual(["ok", "account-unknown", "ok"]);
  });

  it("are named in every event about their devices", async () => {
    await register("d1", admin, "north");
    await changeDevice(fleet, admin, "d1", { name: "One", tags: ["a"] });
    await issueCommand(fleet, admin, { device: "d1", name: "go", deadline: "2030-01-01T00:00:00.000Z" });
    await retireDevice(fleet, admin, "d1");
    const events = (await fleet.events()).filter(({ type }) => !type.startsWith("Account"));
    expect(events.map(({ account }) => account)).toEqual(events.map(() => "north"));
    expect(events).toHaveLength(5);
  });
});

describe("the limit of devices", () => {
  it("refuses one device too many, naming `limits.devices`, until a device is retired", async () => {
    await limit("north", 2);
    await register("d1", north);
    await register("d2", north);
    await expect(register("d3", north)).rejects.toMatchObject({ code: "limit-reached", field: "limits.devices" });
    await register("d3");
    await retireDevice(fleet, admin, "d1");
    await register("d4", north);
    await expect(register("d5", north)).rejects.toMatchObject({ code: "limit-reached" });
  });

  it("holds for 24 devices in three concurrent requests", async () => {
    await limit("north", 10);
    const batch = (name: string) =>
      registerDevices(
        fleet,
        north,
        Array.from({ length: 8 }, (_, i) => ({ id: `${name}-${i}` })),
      );
    const all = (await Promise.all([batch("a"), batch("b"), batch("c")])).flat();
    expect(refusals(all).filter((code) => code === "ok")).toHaveLength(10);
    expect(refusals(all).filter((code) => code === "limit-reached")).toHaveLength(14);
    expect(refusals(await registerDevices(fleet, north, [{ id: "a-0" }]))).toEqual(["limit-reached"]);
  });

  it("holds for devices that are moved into the account", async () => {
    await limit("north", 1);
    for (const id of ["d1", "d2"]) await register(id);
    await moveDevice(fleet, admin, "d1", { to: "north", history: "stays" });
    await moveDevice(fleet, admin, "d1", { to: "north", history: "stays" });
    await expect(moveDevice(fleet, admin, "d2", { to: "north", history: "stays" })).rejects.toMatchObject({
      code: "limit-reached",
    });
  });
});

describe("moving a device", () => {
  it("is recorded in the new account, ends the session, and is completed by a repetition after a crash", async () => {
    await register("d1");
    const proof = await fleet.credentials.verifyCertificate("d1");
    await moveDevice(fleet, admin, "d1", { to: "north", history: "along" });
    const moved = await fleet.events("DeviceMoved");
    expect(moved).toMatchObject([{ account: "north", data: { from: "main", to: "north", history: "along" } }]);
    expect(fleet.liveMessages).toContainEqual(["live.d1.moved", { causationid: moved[0]?.id, correlationid: "c-0" }]);
    expect(await fleet.credentials.check("d1", proof ?? { by: "certificate" })).toBe(false);
    // This is the state after a crash between the event and the credential's change.
    await fleet.credentials.move("d1", "main");
    await moveDevice(fleet, admin, "d1", { to: "north", history: "along" });
    expect(await fleet.events("DeviceMoved")).toHaveLength(1);
    expect(await fleet.credentials.verifyCertificate("d1")).toEqual({ by: "certificate", account: "north" });
  });

  it("is refused to operators, and to administrators whose scope lacks the new account", async () => {
    await register("d1", admin, "north");
    await settled();
    const change = (caller: Caller, account: string) => changeDevice(fleet, caller, "d1", { name: "X", account });
    await expect(change(north, "main")).rejects.toMatchObject({ code: "forbidden" });
    expect(await fleet.events("DeviceRenamed")).toEqual([]);
    const scoped = personCaller({ ...person("al", "admin"), scope: { accounts: ["north"] } }, "c-3");
    await expect(moveDevice(fleet, scoped, "d1", { to: "main", history: "stays" })).rejects.toMatchObject({
      code: "account-unknown",
    });
    await expect(change(admin, "south")).rejects.toMatchObject({ code: "account-unknown" });
    await expect(changeDevice(fleet, admin, "d1", { history: "along" })).rejects.toMatchObject({ field: "history" });
  });
});
