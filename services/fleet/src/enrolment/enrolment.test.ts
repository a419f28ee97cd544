import { randomUUID } from "node:crypto";
import { FleetError } from "@fleetlog/domain";
import { derivedEnrolmentKey, ProvisionLogins } from "@fleetlog/identity";
import { memoryBackbone } from "@fleetlog/log";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { partCaller, personCaller } from "../caller.ts";
import { registerDevice } from "../devices/register.ts";
import { retireDevice } from "../devices/retire.ts";
import {
  abandonProvisioning,
  acceptProvisioning,
  cleanUpProvisioning,
  completeProvisioning,
  loadProvisionRequest,
} from "../provisioning/index.ts";
import { openSession } from "../sessions/sessions.ts";
import { person, testCaller } from "../testing/callers.ts";
import { type TestFleet, testFleet } from "../testing/test-fleet.ts";
import {
  type CreateEnrolmentGroup,
  changeEnrolmentGroup,
  createEnrolmentGroup,
  endEnrolmentGroup,
  enrolDevice,
  loadEnrolmentGroup,
  reopenEnrolment,
  rotateEnrolmentSecret,
} from "./index.ts";

const NOW = Date.parse("2026-11-28T12:00:00Z");
const DAY = 24 * 3_600_000;
const operator = testCaller("ada", "c1");
const system = partCaller("provisioning");
let fleet: TestFleet;
beforeEach(async () => {
  fleet = await testFleet();
});

const create = (more: Partial<CreateEnrolmentGroup> = {}) =>
  createEnrolmentGroup(fleet, operator, { name: "Meters", quota: 10, ...more }, NOW);
const enrol = (device: string, password: string, { encrypted = true, at = NOW, userName = device } = {}) =>
  enrolDevice(fleet, { clientId: device, userName, password, encrypted, protocol: "mqtt", address: "192.0.2.1:1" }, at);
const code = (code: string) => expect.objectContaining({ code });
const registered = async () => (await fleet.events("DeviceRegistered")).map(({ subject }) => subject.split(".")[2]);

/** Provisions the device, from its log-in to the first session with its own credential. */
async function provisioned(device: string, password: string): Promise<string> {
  const request = (await enrol(device, password))?.id ?? "";
  await acceptProvisioning(fleet, request, {}, NOW);
  const session = { device, protocol: "mqtt", version: "5", address: "x", gateway: "g1", incarnation: "i1" } as const;
  await openSession(fleet, session);
  await completeProvisioning(fleet, { request, caller: system });
  expect((await loadProvisionRequest(fleet, request))?.state).toBe("COMPLETED");
  return request;
}

describe("an enrolment group", () => {
  it("makes a provision request for each device that logs in with its secret or a derived key", async () => {
    const { id, token = "" } = await create({ tags: ["hall"], configuration: { interval: 5 }, idPattern: "meter-*" });
    const first = await enrol("meter-1", token);
    expect(first).toMatchObject({
      state: "STARTED",
      clientId: "meter-1",
      enrolmentGroup: id,
      device: { id: "meter-1", tags: ["hall"] },
      configuration: { interval: 5 },
    });
    expect((await enrol("meter-2", derivedEnrolmentKey(token, "meter-2")))?.state).toBe("STARTED");
    expect(await enrol("meter-3", derivedEnrolmentKey(token, "meter-2"))).toBeUndefined();
    expect(await enrol("meter-3", token, { userName: "other" })).toBeUndefined();
    await expect(enrol("pump-1", token)).rejects.toThrow(code("enrolment-closed"));
    expect((await loadEnrolmentGroup(fleet, id))?.enrolled).toBe(2);
  });

  it("refuses its secret if it allows derived keys only", async () => {
    const { token = "" } = await create({ proof: "derived" });
    expect(await enrol("a", token)).toBeUndefined();
    expect(await enrol("a", derivedEnrolmentKey(token, "a"))).toBeDefined();
  });

  it("registers each device once, and only its quota of 20, in 90 concurrent log-ins", async () => {
    const { id, token = "" } = await create({ quota: 20 });
    const devices = Array.from({ length: 30 }, (_, i) => `d${i}`);
    const tries = await Promise.allSettled([...devices, ...devices, ...devices].map((device) => enrol(device, token)));
    const let_in = tries.flatMap((one) => (one.status === "fulfilled" && one.value ? [one.value] : []));
    expect(new Set(let_in.map((request) => request.id)).size).toBe(20);
    for (const one of tries) if (one.status === "rejected") expect(one.reason).toEqual(code("limit-reached"));
    const asked = await Promise.allSettled(let_in.map((request) => acceptProvisioning(fleet, request.id, {}, NOW)));
    for (const one of asked) if (one.status === "rejected") expect(one.reason).toEqual(code("conflict"));
    const ids = await registered();
    expect(ids).toHaveLength(20);
    expect(new Set(ids).size).toBe(20);
    expect((await fleet.events("DeviceEnrolled")).length).toBe(20);
    await changeEnrolmentGroup(fleet, operator, id, { quota: 21 });
    expect(await enrol("d-more", token)).toBeDefined();
  });

  it("has its newest quota after the log has repeated an older change, and can be changed then", async () => {
    const { id } = await create({ quota: 20 });
    for (const quota of [21, 22]) await changeEnrolmentGroup(fleet, operator, id, { quota });
    const [older] = await fleet.events("EnrolmentGroupChanged");
    if (older !== undefined) fleet.backbone.repeat(older);
    // Another process, which has not loaded the group before.
    const other = { ...fleet, log: memoryBackbone({ server: fleet.backbone.server }).log };
    expect(await loadEnrolmentGroup(other, id)).toMatchObject({ quota: 22 });
    await changeEnrolmentGroup(other, operator, id, { quota: 23 });
    expect(await loadEnrolmentGroup(other, id)).toMatchObject({ quota: 23 });
  });

  it("is read from the log once, however many unknown groups are named meanwhile", async () => {
    const { id } = await create();
    await loadEnrolmentGroup(fleet, id);
    const read = vi.spyOn(fleet.log, "read");
    for (let i = 0; i < 300; i++) expect(await loadEnrolmentGroup(fleet, randomUUID())).toBeUndefined();
    expect((await loadEnrolmentGroup(fleet, id))?.quota).toBe(10);
    expect(read).not.toHaveBeenCalled();
  });

  it("continues with the device's first request, even after the group has ended", async () => {
    const { id, token = "" } = await create({ quota: 1 });
    const first = await enrol("a", token);
    expect((await enrol("a", token))?.id).toBe(first?.id);
    await endEnrolmentGroup(fleet, operator, id);
    expect((await enrol("a", token))?.id).toBe(first?.id);
    await expect(enrol("b", token)).rejects.toThrow(code("enrolment-closed"));
  });

  it("enrols a device again after its first provisioning was abandoned", async () => {
    const { token = "" } = await create({ quota: 1 });
    const first = (await enrol("a", token))?.id ?? "";
    await abandonProvisioning(fleet, { request: first, caller: system }, NOW + DAY);
    await cleanUpProvisioning(fleet, first, system);
    const second = await enrol("a", token, { at: NOW + DAY });
    expect(second?.state).toBe("STARTED");
    expect(second?.id).not.toBe(first);
  });

  it("refuses an enrolled device until an operator reopens its enrolment", async () => {
    const { id, token = "" } = await create();
    const request = await provisioned("a", token);
    await cleanUpProvisioning(fleet, request, system);
    await expect(enrol("a", token)).rejects.toThrow(code("device-exists"));
    await reopenEnrolment(fleet, operator, id, "a");
    const again = await enrol("a", token);
    await acceptProvisioning(fleet, again?.id ?? "", {}, NOW);
    expect(await registered()).toEqual(["a"]);
    await expect(reopenEnrolment(fleet, operator, id, "b")).rejects.toThrow(code("device-unknown"));
  });

  it("with `reenrolment: replace` gives an enrolled device a new credential, but refuses a retired one", async () => {
    const { token = "" } = await create({ reenrolment: "replace" });
    await cleanUpProvisioning(fleet, await provisioned("a", token), system);
    await cleanUpProvisioning(fleet, await provisioned("a", token), system);
    expect(await registered()).toEqual(["a"]);
    await retireDevice(fleet, operator, "a");
    await expect(enrol("a", token)).rejects.toThrow(code("device-exists"));
  });

  it("refuses devices that an operator or another group has registered", async () => {
    const { token = "" } = await create({ reenrolment: "replace" });
    const other = await create();
    await registerDevice(fleet, operator, { id: "a" });
    await expect(enrol("a", token)).rejects.toThrow(code("device-exists"));
    await cleanUpProvisioning(fleet, await provisioned("b", other.token ?? ""), system);
    await expect(enrol("b", token)).rejects.toThrow(code("device-exists"));
  });

  it("lets a device in after an interrupted creation has held its names for a minute", async () => {
    const { token = "" } = await create();
    for (const [device, ageMs] of Object.entries({ old: 61_000, new: 0 })) {
      const logins = new ProvisionLogins(fleet.backbone.buckets, { hash: () => "" }, () => Date.now() - ageMs);
      const login = { clientId: device, userName: device };
      await logins.add(login, "interrupted", { password: "x" }, async () => false);
    }
    expect(await enrol("old", token)).toMatchObject({ state: "STARTED" });
    await expect(enrol("new", token)).rejects.toThrow(code("provision-request-exists"));
  });

  it("lets devices in by TLS only, or also without TLS if `allowPlain` is set", async () => {
    const { token = "" } = await create();
    await expect(enrol("a", token, { encrypted: false })).rejects.toThrow(code("forbidden"));
    const plain = await create({ allowPlain: true });
    expect(await enrol("a", plain.token ?? "", { encrypted: false })).toBeDefined();
  });

  it("has two valid secrets after a rotation with an overlap, and one after a rotation without", async () => {
    const { id, token = "" } = await create();
    const next = await rotateEnrolmentSecret(fleet, operator, id, Date.now() + DAY);
    expect(await enrol("a", token)).toBeDefined();
    expect(await enrol("b", next.token)).toBeDefined();
    await rotateEnrolmentSecret(fleet, operator, id);
    expect(await enrol("c", token)).toBeUndefined();
    expect(await enrol("c", next.token)).toBeUndefined();
  });

  it("keeps its secret, and records nothing, if the new secret can't be stored", async () => {
    const { id, token = "" } = await create();
    const store = vi.spyOn(fleet.provisioner.enrolments, "rotate");
    store.mockRejectedValueOnce(new FleetError("log-unavailable", "away"));
    await expect(rotateEnrolmentSecret(fleet, operator, id)).rejects.toThrow(code("log-unavailable"));
    expect(await fleet.events("EnrolmentSecretRotated")).toEqual([]);
    expect(await enrol("a", token)).toBeDefined();
    await endEnrolmentGroup(fleet, operator, id);
    store.mockClear();
    await expect(rotateEnrolmentSecret(fleet, operator, id)).rejects.toThrow(code("enrolment-closed"));
    expect(store).not.toHaveBeenCalled();
  });

  it("is unknown to people of another account", async () => {
    const { id } = await create();
    const bob = { ...person("bob"), account: "north", scope: { accounts: ["north"] } };
    const north = personCaller(bob, "c2");
    await expect(endEnrolmentGroup(fleet, north, id)).rejects.toThrow(code("enrolment-group-unknown"));
    await expect(create({ expiresAt: "2026-11-28T11:00:00Z" })).rejects.toBeInstanceOf(FleetError);
  });
});
