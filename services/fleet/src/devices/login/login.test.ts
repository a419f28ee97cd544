import { FleetError } from "@fleetlog/domain";
import { DeviceLogins } from "@fleetlog/identity";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { personCaller } from "../../caller.ts";
import { createProvisionRequest } from "../../provisioning/create.ts";
import { person, testCaller } from "../../testing/callers.ts";
import { type TestFleet, testFleet } from "../../testing/test-fleet.ts";
import { changeDevice } from "../change.ts";
import { type RegisterRequest, registerDevice } from "../register.ts";
import { retireDevice } from "../retire.ts";
import { rotateToken } from "../rotate-token.ts";
import { changeLogin, removeLogin, shareAddress } from "./change.ts";

const caller = testCaller("ann", "c1");
const names = { clientId: "gw-1", userName: "line-1" };
const password = "correct horse";
const login = { ...names, password };
let fleet: TestFleet;
beforeEach(async () => {
  fleet = await testFleet();
});

const register = (request: RegisterRequest) => registerDevice(fleet, caller, request);
const tpedm = (more: Partial<RegisterRequest> = {}) => register({ dialect: "tpedm", login, ...more });

describe("registering a device in a dialect", () => {
  it("takes the id from the log-in if that is a valid id, and gives no token", async () => {
    expect(await tpedm()).toMatchObject({ id: "gw-1", token: "" });
    expect(await register({ dialect: "kura", login: { ...login, account: "plant", userName: "u" } })).toMatchObject({
      id: "plant:gw-1",
    });
    const odd = { ...login, clientId: "gw 1" };
    await expect(tpedm({ login: odd })).rejects.toMatchObject({ code: "invalid-request", field: "id" });
    expect(await tpedm({ login: odd, id: "gw-9" })).toMatchObject({ id: "gw-9" });
    await expect(tpedm({ login: { ...login, clientId: "gw-2" }, id: "x" })).rejects.toMatchObject({ field: "id" });
    expect((await register({ dialect: "libpyiotcloud" })).id).toMatch(/^[0-9a-f]{40}$/);
    await expect(register({ dialect: "libpyiotcloud", id: "x" })).rejects.toMatchObject({ field: "id" });
    await expect(register({ dialect: "edgebind" })).rejects.toMatchObject({ field: "id" });
  });

  it.each<[string, RegisterRequest]>([
    ["login", { id: "d", login }],
    ["address", { id: "d", address: "192.0.2.7" }],
    ["login", { dialect: "tpedm" }],
    ["login.password", { dialect: "tpedm", login: names }],
    ["login.account", { dialect: "tpedm", login: { ...login, account: "plant" } }],
    ["login.account", { dialect: "kura", login }],
    ["login.account", { dialect: "kura", id: "d", login: { ...login, account: "$EDC" } }],
    ["login.account", { dialect: "kura", id: "d", login: { ...login, account: "a/b" } }],
    ["login.clientId", { dialect: "kura", id: "d", login: { ...login, account: "a", clientId: "+" } }],
    ["address", { dialect: "tpedm", login, address: "192.0.2.7" }],
    ["address", { dialect: "edgebind", id: "d", address: "example.org" }],
    ["login", { dialect: "edgebind", id: "d", login }],
  ])("refuses a wrong %s", async (field, request) => {
    await expect(register(request)).rejects.toMatchObject({ code: "invalid-request", field });
    expect(await fleet.events()).toEqual([]);
  });

  it("refuses names that another device has taken while this gateway was paused", async () => {
    const { take } = fleet.deviceLogins;
    fleet.deviceLogins.take = async function (key, entry, mayReplace) {
      fleet.deviceLogins.take = take;
      const taken = await take.call(this, key, entry, mayReplace);
      await take.call(this, key, { device: "gw-2", dialect: "tpedm" }, async () => true);
      return taken;
    };
    await expect(tpedm()).rejects.toMatchObject({ code: "login-taken" });
    expect(await fleet.events("DeviceRegistered")).toEqual([]);
    expect((await fleet.deviceLogins.find(names))?.device).toBe("gw-2");
  });

  it("records the log-in without the password", async () => {
    await tpedm();
    const [event] = await fleet.events();
    expect(event).toMatchObject({ data: { device: "gw-1", dialect: "tpedm", login: names, by: "ann" } });
    expect(JSON.stringify(event)).not.toContain(password);
    expect(await fleet.credentials.verifyLogin("gw-1", login)).toMatchObject({ by: "login", dialect: "tpedm" });
  });

  it("refuses names of another device or an open provision request, and releases the names that it took", async () => {
    await tpedm();
    const refused = { code: "login-taken", field: "login.clientId" };
    await expect(register({ dialect: "kura", login: { ...login, account: "plant" } })).rejects.toMatchObject(refused);
    await expect(
      createProvisionRequest(fleet, caller, { ...names, device: { id: "p" } }, Date.now()),
    ).rejects.toMatchObject({ code: "provision-request-exists" });
    await createProvisionRequest(fleet, caller, { clientId: "gw-2", userName: "u", device: { id: "p" } }, Date.now());
    await expect(tpedm({ login: { ...login, clientId: "gw-2", userName: "u" } })).rejects.toMatchObject(refused);
    expect(await fleet.deviceLogins.find({ clientId: "gw-2", userName: "u" })).toBeUndefined();
  });

  it("lets a provision request have names that an interrupted registration took more than a minute ago", async () => {
    const request = (clientId: string) =>
      createProvisionRequest(fleet, caller, { clientId, userName: "u", device: {} }, Date.now());
    for (const [clientId, ageMs] of Object.entries({ old: 61_000, new: 0 })) {
      const logins = new DeviceLogins(fleet.backbone.buckets, () => Date.now() - ageMs);
      await logins.take({ clientId, userName: "u" }, { device: "gone", dialect: "tpedm" }, async () => false);
    }
    expect(await request("old")).toMatchObject({ password: expect.any(String) });
    await expect(request("new")).rejects.toMatchObject({ code: "provision-request-exists" });
  });

  it("never shares names with a native device, whichever of the two is first", async () => {
    await register({ id: "gw1" });
    const kura = (clientId: string) => ({ account: "plant", clientId, userName: clientId, password });
    await expect(register({ dialect: "kura", login: kura("gw1") })).rejects.toMatchObject({ code: "login-taken" });
    await register({ dialect: "kura", login: kura("gw2") });
    await expect(register({ id: "gw2" })).rejects.toMatchObject({ code: "login-taken", field: "id" });
    // The id may equal the device's own client id and user name.
    expect(await tpedm({ login: { clientId: "gw3", userName: "gw3", password } })).toMatchObject({ id: "gw3" });
  });

  it("has each address once in a dialect, in one spelling", async () => {
    await register({ dialect: "edgebind", id: "e1", address: "2001:DB8::0:7" });
    expect(await fleet.deviceLogins.find({ dialect: "edgebind", address: "2001:db8::7" })).toMatchObject({
      device: "e1",
    });
    const again = register({ dialect: "edgebind", id: "e2", address: "2001:db8::7" });
    await expect(again).rejects.toMatchObject({ code: "login-taken", field: "address" });
    await register({ dialect: "edgebind", id: "e3", address: "::ffff:192.0.2.7" });
    expect(await fleet.credentials.verifyAddress("e3", "192.0.2.7")).toBeDefined();
  });
});

describe("the log-in of a registered device", () => {
  it("is changed: old names are free, new names are taken, earlier proofs end, and its session is notified", async () => {
    await tpedm();
    const before = await fleet.credentials.verifyLogin("gw-1", login);
    await changeLogin(fleet, caller, "gw-1", { login: { ...names, userName: "line-2" } });
    expect(await fleet.credentials.validUntil("gw-1", before as NonNullable<typeof before>)).toBeUndefined();
    expect(await fleet.credentials.verifyLogin("gw-1", { ...login, userName: "line-2" })).toBeDefined();
    expect(await fleet.deviceLogins.find(names)).toBeUndefined();
    expect(await fleet.deviceLogins.find({ ...names, userName: "line-2" })).toMatchObject({ device: "gw-1" });
    expect(fleet.liveMessages.at(-1)?.[0]).toBe("live.gw-1.credential");
    expect(await fleet.events("DeviceLoginChanged")).toHaveLength(1);
  });

  it("is not changed to another device's log-in, nor for a native or unknown device", async () => {
    await tpedm();
    await tpedm({ login: { ...login, clientId: "gw-2" } });
    const taken = changeLogin(fleet, caller, "gw-2", { login: names });
    await expect(taken).rejects.toMatchObject({ code: "login-taken" });
    expect(await fleet.deviceLogins.find(names)).toMatchObject({ device: "gw-1" });
    await register({ id: "n1" });
    await expect(changeLogin(fleet, caller, "n1", { login })).rejects.toMatchObject({ code: "dialect-mismatch" });
    await expect(removeLogin(fleet, caller, "n1")).rejects.toMatchObject({ code: "dialect-mismatch" });
    await expect(removeLogin(fleet, caller, "no")).rejects.toMatchObject({ code: "device-unknown" });
    await expect(rotateToken(fleet, caller, "gw-1")).rejects.toMatchObject({ code: "dialect-mismatch" });
  });

  it("keeps its names when a change, or a second registration, fails", async () => {
    await tpedm();
    const away = new FleetError("log-unavailable", "the log is away");
    vi.spyOn(fleet.provisioner.logins, "holderOf").mockRejectedValueOnce(away);
    await expect(changeLogin(fleet, caller, "gw-1", { login })).rejects.toBe(away);
    vi.spyOn(fleet.writer, "record").mockRejectedValueOnce(new FleetError("conflict", "changed meanwhile"));
    await expect(tpedm()).rejects.toMatchObject({ code: "conflict" });
    expect(await fleet.deviceLogins.find(names)).toMatchObject({ device: "gw-1" });
    vi.restoreAllMocks();
  });

  it("is removed on request and at the device's end; its names are then free", async () => {
    await tpedm();
    await removeLogin(fleet, caller, "gw-1");
    expect(await fleet.credentials.verifyLogin("gw-1", login)).toBeUndefined();
    expect(await fleet.deviceLogins.find(names)).toBeUndefined();
    await changeLogin(fleet, caller, "gw-1", { login });
    expect(await fleet.credentials.verifyLogin("gw-1", login)).toBeDefined();
    await retireDevice(fleet, caller, "gw-1");
    expect(await fleet.credentials.verifyLogin("gw-1", login)).toBeUndefined();
    await expect(changeLogin(fleet, caller, "gw-1", { login })).rejects.toMatchObject({ code: "device-retired" });
    await register({ dialect: "kura", login: { ...login, account: "plant" } });
  });

  it("stays if the device has just left the tags of the caller who removes it", async () => {
    await tpedm({ tags: ["roof"] });
    const { last } = fleet.log;
    vi.spyOn(fleet.log, "last").mockImplementation(async (...asked) => {
      const newest = await last.apply(fleet.log, asked);
      await changeDevice(fleet, caller, "gw-1", { tags: ["cellar"] });
      return newest;
    });
    const limited = personCaller({ ...person("lee"), scope: { tags: ["roof"] } }, "c2");
    await expect(removeLogin(fleet, limited, "gw-1")).rejects.toMatchObject({ code: "device-unknown" });
    expect(await fleet.credentials.verifyLogin("gw-1", login)).toBeDefined();
    vi.restoreAllMocks();
  });

  it("does not accept a shared address until the address is set again", async () => {
    await register({ dialect: "edgebind", id: "e1", address: "192.0.2.7" });
    await shareAddress(fleet, caller, "e1", "192.0.2.7");
    await shareAddress(fleet, caller, "e1", "192.0.2.7");
    expect(await fleet.credentials.verifyAddress("e1", "192.0.2.7")).toBeUndefined();
    expect(await fleet.events("DeviceAddressShared")).toHaveLength(1);
    await changeLogin(fleet, caller, "e1", { address: "192.0.2.7" });
    expect(await fleet.credentials.verifyAddress("e1", "192.0.2.7")).toBeDefined();
  });
});
