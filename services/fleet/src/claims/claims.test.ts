import { claimCodeMistake, normalClaimCode } from "@fleetlog/domain";
import { beforeEach, describe, expect, it } from "vitest";
import { changeAccount, createAccount } from "../accounts/change.ts";
import { type Caller, partCaller, personCaller } from "../caller.ts";
import { moveDevice } from "../devices/move.ts";
import { registerDevice } from "../devices/register.ts";
import { retireDevice } from "../devices/retire.ts";
import { completeProvisioning, loadProvisionRequest } from "../provisioning/index.ts";
import { openSession } from "../sessions/sessions.ts";
import { person, testCaller } from "../testing/callers.ts";
import { type TestFleet, testFleet } from "../testing/test-fleet.ts";
import {
  acceptClaimed,
  claimDevice,
  isClaimed,
  loadClaimCode,
  type MakeClaimCodes,
  makeClaimCodes,
  revokeClaimCode,
  type ShownCode,
  showClaimCode,
} from "./index.ts";

const NOW = Date.parse("2026-11-28T12:00:00Z");
const vendor = testCaller("ann", "c1");
const admin = personCaller(person("root", "admin"), "c0");
let fleet: TestFleet;
let north: Caller;
beforeEach(async () => {
  fleet = await testFleet();
  for (const id of ["north", "south"]) await createAccount(fleet, admin, { id, name: id });
  north = callerIn("north");
});

const callerIn = (account: string) =>
  personCaller({ ...person(`op-${account}`), account, scope: { accounts: [account] } }, "c2");
const make = async (more: Partial<MakeClaimCodes> = {}) =>
  (await makeClaimCodes(fleet, vendor, { ...(more.devices === undefined && { count: 1 }), ...more }, NOW)).codes;
const one = async (more: Partial<MakeClaimCodes> = {}) => (await make(more))[0]?.code ?? "";
const claim = (code: string, caller = north, more: object = {}) => claimDevice(fleet, caller, { code, ...more }, NOW);
const show = (device: string, password: string, { encrypted = true, at = NOW } = {}) =>
  showClaimCode(
    fleet,
    { clientId: device, userName: device, password, encrypted, protocol: "mqtt", address: "192.0.2.1:1" },
    at,
  );
const code = (code: string) => expect.objectContaining({ code });
const accountOfDevice = async (device: string) =>
  (await fleet.views.query("devices.list", { search: device }, { atLeast: (await fleet.log.state("FLEET")).lastSeq }))
    .items[0]?.account;

describe("claim codes", () => {
  it("are made in bulk, all different, and are not in the log", async () => {
    const codes = await make({ count: 200, batch: "spring" });
    expect(codes.map(({ number }) => number)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    const texts = codes.map(({ code }) => code);
    expect(new Set(texts).size).toBe(200);
    const log = JSON.stringify(await fleet.events());
    for (const text of texts) {
      expect(log).not.toContain(text);
      expect(log).not.toContain(normalClaimCode(text));
    }
    await expect(make({ count: 0 })).rejects.toThrow(code("invalid-request"));
    await expect(make({ count: 10_001 })).rejects.toThrow(code("invalid-request"));
    await expect(make({ devices: [{}] })).rejects.toThrow(code("invalid-request"));
  });

  it("give the claiming account a device that connects after the claim", async () => {
    const text = await one({ tags: ["new"] });
    expect(await claim(text, north, { name: "Pump", tags: ["hall"] })).toMatchObject({
      account: "north",
      registered: false,
    });
    const shown = (await show("pump-1", text.toLowerCase())) as ShownCode;
    await acceptClaimed(fleet, shown, {}, NOW);
    expect(await fleet.events("DeviceRegistered")).toMatchObject([
      { account: "north", data: { device: "pump-1", name: "Pump", tags: ["new", "hall"] } },
    ]);
  });

  it("give the claiming account a device that has connected before the claim", async () => {
    const text = await one();
    const shown = (await show("pump-1", text)) as ShownCode;
    expect(await isClaimed(fleet, shown.code)).toBe(false);
    await expect(acceptClaimed(fleet, shown, {}, NOW)).rejects.toThrow(code("provision-state"));
    expect(await claim(text)).toMatchObject({ device: "pump-1" });
    expect(await isClaimed(fleet, shown.code)).toBe(true);
    await acceptClaimed(fleet, shown, {}, NOW);
    expect(await accountOfDevice("pump-1")).toBe("north");
    expect(await loadProvisionRequest(fleet, shown.request)).toMatchObject({ state: "RUNNING", account: "north" });
  });

  it("move a registered device without its history", async () => {
    await registerDevice(fleet, vendor, { id: "meter-1", tags: ["factory"] });
    const [made] = await make({ devices: [{ id: "meter-1" }] });
    expect(await claim(made?.code ?? "", north, { name: "Mine", tags: ["hall"] })).toMatchObject({
      device: "meter-1",
      registered: true,
    });
    expect(await accountOfDevice("meter-1")).toBe("north");
    expect(await fleet.events("DeviceMoved")).toMatchObject([{ data: { history: "stays", by: "op-north" } }]);
    await claim(made?.code ?? "", north, { name: "Mine", tags: ["hall"] });
    expect(await fleet.events("DeviceMoved")).toHaveLength(1);
  });

  it("give a registered device to somebody who is limited to tags, with one of their tags", async () => {
    await registerDevice(fleet, vendor, { id: "meter-1", tags: ["factory"] });
    const [made] = await make({ devices: [{ id: "meter-1" }] });
    const limited = { ...person("op-hall"), account: "north", scope: { accounts: ["north"], tags: ["hall"] } };
    const caller = personCaller(limited, "c3");
    await expect(claim(made?.code ?? "", caller)).rejects.toThrow(code("forbidden"));
    expect(await claim(made?.code ?? "", caller, { name: "Mine", tags: ["hall"] })).toMatchObject({ registered: true });
    expect(await fleet.events("DeviceTagged")).toMatchObject([
      { account: "north", data: { tags: ["factory", "hall"], by: "op-hall" } },
    ]);
  });

  it("complete a claim that was interrupted between the move of the device and the move of its credential", async () => {
    const { token } = await registerDevice(fleet, vendor, { id: "meter-1" });
    const [made] = await make({ devices: [{ id: "meter-1" }] });
    const { move } = fleet.credentials;
    fleet.credentials.move = async () => {
      throw new Error("the process has ended");
    };
    await expect(claim(made?.code ?? "")).rejects.toThrow("has ended");
    fleet.credentials.move = move;
    await claim(made?.code ?? "");
    expect(await fleet.credentials.verify("meter-1", token ?? "")).toMatchObject({ account: "north" });
    expect(await fleet.events("DeviceMoved")).toHaveLength(1);
  });

  it("stay unused if the account has no room for the device", async () => {
    await registerDevice(fleet, vendor, { id: "meter-1" });
    const [made] = await make({ devices: [{ id: "meter-1" }] });
    const limit = async (account: string, devices: number) => {
      await changeAccount(fleet, admin, account, { limits: { devices } });
      await expect.poll(() => fleet.accounts.limitsOf(account)).toEqual({ devices });
    };
    await limit("north", 0);
    await limit("south", 1);
    await expect(claim(made?.code ?? "")).rejects.toThrow(code("limit-reached"));
    expect(await fleet.events("ClaimCodeUsed")).toEqual([]);
    expect(await claim(made?.code ?? "", callerIn("south"))).toMatchObject({ account: "south", registered: true });
  });

  it("do not take a device from an account that neither made nor claimed the code", async () => {
    const [made] = await make({ devices: [{ id: "meter-1" }] });
    const text = made?.code ?? "";
    await claim(text);
    await registerDevice(fleet, callerIn("south"), { id: "meter-1" });
    await expect(claim(text)).rejects.toThrow(code("claim-code-unknown"));
    const shown = (await show("meter-1", text)) as ShownCode;
    await expect(acceptClaimed(fleet, shown, {}, NOW)).rejects.toThrow(code("claim-code-unknown"));
    expect(await accountOfDevice("meter-1")).toBe("south");
  });

  it("do not take back a device that was moved, or registered again, since the claim", async () => {
    for (const id of ["meter-1", "meter-2"]) {
      await registerDevice(fleet, vendor, { id });
      const [made] = await make({ devices: [{ id }] });
      await claim(made?.code ?? "");
      if (id === "meter-1") await moveDevice(fleet, admin, id, { to: "main", history: "stays" });
      else {
        await retireDevice(fleet, north, id);
        await registerDevice(fleet, vendor, { id });
      }
      await expect(claim(made?.code ?? "")).rejects.toThrow(code("claim-code-unknown"));
      expect(await accountOfDevice(id)).toBe("main");
    }
  });

  it("give the claiming account a device whose registration the log repeats after an interrupted claim", async () => {
    await registerDevice(fleet, vendor, { id: "meter-1" });
    const [made] = await make({ devices: [{ id: "meter-1" }] });
    const { append } = fleet.log;
    fleet.log.append = async (event, options) => {
      if (event.type === "DeviceMoved") throw new Error("interrupted");
      return append.call(fleet.log, event, options);
    };
    await expect(claim(made?.code ?? "")).rejects.toThrow("interrupted");
    fleet.log.append = append;
    for (const event of await fleet.events("DeviceRegistered")) fleet.backbone.repeat(event);
    expect(await claim(made?.code ?? "")).toMatchObject({ registered: true });
    expect(await accountOfDevice("meter-1")).toBe("north");
  });

  it("give a registered device to the account if the claim moves it while the waiting device is answered", async () => {
    await registerDevice(fleet, vendor, { id: "meter-1" });
    const [made] = await make({ devices: [{ id: "meter-1" }] });
    const text = made?.code ?? "";
    const shown = (await show("meter-1", text)) as ShownCode;
    const { append, read } = fleet.log;
    fleet.log.append = async (event, options) => {
      if (event.type === "DeviceMoved") throw new Error("interrupted");
      return append.call(fleet.log, event, options);
    };
    await expect(claim(text)).rejects.toThrow("interrupted");
    fleet.log.append = append;
    let reads = 0;
    fleet.log.read = async function* (query) {
      const isDevice = "entity" in query && query.entity === "meter-1" && query.category === "device";
      if (isDevice && ++reads === 2) await claim(text);
      yield* read.call(fleet.log, query);
    };
    await acceptClaimed(fleet, shown, {}, NOW);
    fleet.log.read = read;
    expect(await accountOfDevice("meter-1")).toBe("north");
    expect(await fleet.events("DeviceMoved")).toHaveLength(1);
  });

  it("do not take a device that is moved during the claim", async () => {
    await registerDevice(fleet, vendor, { id: "meter-1" });
    const [made] = await make({ devices: [{ id: "meter-1" }] });
    const { log } = fleet;
    const { append } = log;
    let moved = false;
    log.append = async (event, options) => {
      if (event.type === "DeviceMoved" && !moved) {
        moved = true;
        await moveDevice(fleet, admin, "meter-1", { to: "south", history: "stays" });
      }
      return append.call(log, event, options);
    };
    await expect(claim(made?.code ?? "")).rejects.toThrow(code("claim-code-unknown"));
    expect(await accountOfDevice("meter-1")).toBe("south");
  });

  it("are refused with the same text if they are used, revoked, expired, unknown or for another account", async () => {
    const [used, revoked, expired, forMain] = [
      await one(),
      await one(),
      await one({ expiresAt: "2026-11-28T12:00:01Z" }),
      await one({ to: "main" }),
    ];
    await claim(used, callerIn("south"));
    const id = (await fleet.events("ClaimCodeMade"))[1]?.subject.split(".")[2] ?? "";
    await revokeClaimCode(fleet, vendor, id);
    const refusals = [used, revoked, forMain].map((text) => claim(text).catch((error: unknown) => error));
    const late = claimDevice(fleet, north, { code: expired }, NOW + 1_000).catch((error: unknown) => error);
    const never = claim("ABCDEFGHJK").catch((error: unknown) => error);
    const answers = await Promise.all([...refusals, late, never]);
    expect(new Set(answers.map(String))).toEqual(new Set(["FleetError: no such claim code can be used"]));
  });

  it("belong to one account if two accounts use them at the same moment", async () => {
    const text = await one();
    const tries = await Promise.allSettled([claim(text), claim(text, callerIn("south"))]);
    expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await fleet.events("ClaimCodeUsed")).toHaveLength(1);
  });

  it("are refused with a typing error, naming the wrong group", async () => {
    const text = await one();
    const wrong = `${text.slice(0, 5)}${text[5] === "A" ? "C" : "A"}${text.slice(6)}`;
    expect(claimCodeMistake(normalClaimCode(wrong) ?? "")).toBeDefined();
    await expect(claim(wrong)).rejects.toThrow(/group 2 seems to be wrong/);
    await expect(claim(text.slice(0, -1))).rejects.toThrow(/has 20 characters, and this one has 19/);
  });

  it("let in only the device with the right id and serial number, and only by TLS", async () => {
    const [bound, other] = await make({ devices: [{ id: "a" }, { serial: "S1" }] });
    expect(await show("b", bound?.code ?? "")).toBeUndefined();
    await expect(show("a", bound?.code ?? "", { encrypted: false })).rejects.toThrow(code("forbidden"));
    const text = other?.code ?? "";
    await claim(text);
    const shown = (await show("b", text)) as ShownCode;
    await expect(acceptClaimed(fleet, shown, { serial: "S2" }, NOW)).rejects.toThrow(code("forbidden"));
    await expect(acceptClaimed(fleet, shown, {}, NOW)).rejects.toThrow(code("forbidden"));
    await acceptClaimed(fleet, shown, { serial: "S1" }, NOW);
    expect(await show("c", text)).toBeUndefined();
  });

  it("let their device in until it is provisioned, but not afterwards", async () => {
    const elsewhere = makeClaimCodes(fleet, north, { count: 1, to: "south" }, NOW);
    await expect(elsewhere).rejects.toThrow(code("account-unknown"));
    const own = (await makeClaimCodes(fleet, admin, { count: 1, to: "north" }, NOW)).codes[0]?.code ?? "";
    const shown = (await show("a", own)) as ShownCode;
    expect(shown.account).toBe("north");
    await acceptClaimed(fleet, shown, {}, NOW);
    expect((await show("a", own))?.request).toBe(shown.request);
    const session = {
      device: "a",
      protocol: "mqtt",
      version: "5",
      address: "x",
      gateway: "g1",
      incarnation: "i1",
    } as const;
    await openSession(fleet, session);
    await completeProvisioning(fleet, { request: shown.request, caller: partCaller("p") });
    expect(await show("a", own)).toBeUndefined();
    expect(await loadClaimCode(fleet, shown.code)).toMatchObject({ to: "north", shown: { device: "a" } });
  });
});
