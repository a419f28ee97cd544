import { FleetError } from "@fleetlog/domain";
import type { ShownCertificate, TrustedIssuer } from "@fleetlog/identity";
import { beforeEach, describe, expect, it } from "vitest";
import { partCaller } from "../caller.ts";
import { registerDevice } from "../devices/register.ts";
import { retireDevice } from "../devices/retire.ts";
import { acceptProvisioning, cleanUpProvisioning, completeProvisioning } from "../provisioning/index.ts";
import { openSession } from "../sessions/sessions.ts";
import { testCaller } from "../testing/callers.ts";
import { type TestFleet, testFleet } from "../testing/test-fleet.ts";
import {
  type CreateEnrolmentGroup,
  changeEnrolmentGroup,
  createEnrolmentGroup,
  endEnrolmentGroup,
  enrolCertified,
  loadEnrolmentGroup,
  mustEnrol,
  reopenEnrolment,
} from "./index.ts";

const NOW = Date.parse("2026-11-28T12:00:00Z");
const CA = "0123456789abcdef0123456789abcdef";
const operator = testCaller("ada", "c1");
const system = partCaller("provisioning");
let fleet: TestFleet;
let stored: Parameters<TestFleet["authorities"]["add"]>[1];
beforeEach(async () => {
  fleet = await testFleet();
  const [{ certificate }] = (await fleet.authority.trusted()) as [TrustedIssuer];
  stored = { name: "Plant", account: "main", certificate, addedAt: "2026-11-28T11:00:00.000Z", addedBy: "ada" };
  await fleet.authorities.add(CA, stored);
});

const create = (more: Partial<CreateEnrolmentGroup> = {}) =>
  createEnrolmentGroup(fleet, operator, { name: "Meters", quota: 10, ca: CA, ...more }, NOW);
const shown = (device: string, more: Partial<ShownCertificate> = {}) => ({
  ...{ device, protocol: "mqtt", address: "192.0.2.1:1" },
  certificate: { serial: "0a", issuer: "CN=Plant", own: false, authority: CA, ...more },
});
const enrol = (device: string, more: Partial<ShownCertificate> = {}, at = NOW) =>
  enrolCertified(fleet, shown(device, more), at);
const code = (code: string) => expect.objectContaining({ code });

/** Provisions the device, from its log-in to the first session under its own identity. */
async function provisioned(device: string): Promise<void> {
  const request = (await enrol(device))?.id ?? "";
  await acceptProvisioning(fleet, request, {}, NOW);
  const session = { device, protocol: "mqtt", version: "5", address: "x", gateway: "g1", incarnation: "i1" } as const;
  await openSession(fleet, session);
  await completeProvisioning(fleet, { request, caller: system });
  await cleanUpProvisioning(fleet, request, system);
}

describe("an enrolment group with an authority", () => {
  it("has no secret, and lets in devices with certificates of that authority only", async () => {
    const { id, token } = await create({ tags: ["hall"] });
    expect(token).toBeUndefined();
    expect(await loadEnrolmentGroup(fleet, id)).toMatchObject({ proof: "certificate", ca: CA });
    expect(await enrol("a")).toMatchObject({
      state: "STARTED",
      enrolmentGroup: id,
      device: { id: "a", tags: ["hall"] },
    });
    expect((await fleet.events("DeviceEnrolled"))[0]?.data).toMatchObject({ device: "a", certificate: "0a" });
    expect(await enrol("b", { authority: "f".repeat(32) })).toBeUndefined();
    expect(
      await enrolCertified(fleet, { ...shown("b"), certificate: { serial: "0b", issuer: "x", own: false } }, NOW),
    ).toBe(undefined);
  });

  it("refuses an expired or revoked certificate, and certificates of an authority that has ended or changed its account", async () => {
    await create();
    expect(await enrol("a", { until: NOW })).toBeUndefined();
    const found = await fleet.authorities.find(CA);
    if (found === undefined) throw new Error("no authority");
    await fleet.authorities.setList(found, { serials: ["a"], thisUpdate: "2026-11-28T11:30:00.000Z" });
    expect(await enrol("a")).toBeUndefined();
    expect(await enrol("a", { serial: "0b" })).toBeDefined();
    await fleet.authorities.end(CA);
    expect(await enrol("b", { serial: "0c" })).toBeUndefined();
    await fleet.authorities.add(CA, { ...stored, account: "north" });
    expect(await enrol("b", { serial: "0c" })).toBeUndefined();
    expect(await fleet.events("DeviceEnrolled")).toHaveLength(1);
  });

  it("has a quota, ends, expires and is limited by ids like any other group", async () => {
    const { id } = await create({ quota: 1, idPattern: "m-*", expiresAt: "2026-11-29T00:00:00Z" });
    await expect(enrol("a")).rejects.toThrow(code("enrolment-closed"));
    expect(await enrol("m-1")).toBeDefined();
    await expect(enrol("m-2")).rejects.toThrow(code("limit-reached"));
    await changeEnrolmentGroup(fleet, operator, id, { quota: 5 });
    await expect(enrol("m-2", {}, Date.parse("2026-11-29T00:00:00Z"))).rejects.toThrow(code("enrolment-closed"));
    await endEnrolmentGroup(fleet, operator, id);
    await expect(enrol("m-2")).rejects.toThrow(code("enrolment-closed"));
    expect((await enrol("m-1"))?.state).toBe("STARTED");
  });

  it("may share its authority: a new device gets a group with room, and keeps that group", async () => {
    const first = await create({ quota: 1 });
    const second = await create();
    expect((await enrol("a"))?.enrolmentGroup).toBe(first.id);
    expect((await enrol("b"))?.enrolmentGroup).toBe(second.id);
    await changeEnrolmentGroup(fleet, operator, first.id, { quota: 9 });
    expect((await enrol("b"))?.enrolmentGroup).toBe(second.id);
  });

  it("never takes a device that somebody else has registered", async () => {
    await create({ reenrolment: "replace" });
    await registerDevice(fleet, operator, { id: "a" });
    await expect(enrol("a")).rejects.toThrow(code("device-exists"));
    expect(await mustEnrol(fleet, shown("a"), NOW)).toBe(false);
  });

  it("needs an authority of the account that is not limited to a group", async () => {
    for (const ca of ["f".repeat(32), " ", "*", "\u0000"])
      await expect(create({ ca })).rejects.toThrow(code("authority-unknown"));
    await expect(create({ ca: undefined, proof: "certificate" })).rejects.toThrow(code("invalid-request"));
    await expect(create({ proof: "secret" })).rejects.toThrow(code("invalid-request"));
    await expect(create({ ca: "-----BEGIN CERTIFICATE-----" })).rejects.toThrow(code("invalid-request"));
    await fleet.authorities.add("1".repeat(32), { ...stored, account: "north" });
    await expect(create({ ca: "1".repeat(32) })).rejects.toThrow(code("authority-unknown"));
    await fleet.authorities.add("2".repeat(32), { ...stored, group: "roof" });
    await expect(create({ ca: "2".repeat(32) })).rejects.toThrow(code("invalid-request"));
    expect(await fleet.events("EnrolmentGroupCreated")).toEqual([]);
  });

  it("is refused if its authority has 16 groups that have not ended", async () => {
    const made: { readonly id: string }[] = [];
    for (let i = 0; i < 16; i++) made.push(await create());
    await expect(create()).rejects.toBeInstanceOf(FleetError);
    await endEnrolmentGroup(fleet, operator, made[3]?.id ?? "");
    expect(await create()).toBeDefined();
  });
});

describe("a device whose certificate also logs it in", () => {
  it("is still enrolled, not logged in, until it has used its own credential", async () => {
    await create();
    expect(await mustEnrol(fleet, shown("a"), NOW)).toBe(false);
    const request = (await enrol("a"))?.id ?? "";
    expect(await mustEnrol(fleet, shown("a"), NOW)).toBe(true);
    await acceptProvisioning(fleet, request, {}, NOW);
    expect(await mustEnrol(fleet, shown("a"), NOW)).toBe(true);
    expect((await enrol("a"))?.id).toBe(request);
  });

  it("is not enrolled again before an operator opens its enrolment", async () => {
    const { id } = await create();
    await provisioned("a");
    expect(await mustEnrol(fleet, shown("a"), NOW)).toBe(false);
    await expect(enrol("a")).rejects.toThrow(code("device-exists"));
    await reopenEnrolment(fleet, operator, id, "a");
    expect(await mustEnrol(fleet, shown("a"), NOW)).toBe(true);
    await provisioned("a");
    expect(await mustEnrol(fleet, shown("a"), NOW)).toBe(false);
  });

  it("enrols again after its retirement, if an operator has opened it again", async () => {
    const { id } = await create();
    await provisioned("a");
    await retireDevice(fleet, operator, "a");
    await expect(enrol("a")).rejects.toThrow(code("device-exists"));
    await reopenEnrolment(fleet, operator, id, "a");
    await provisioned("a");
    expect(await fleet.events("DeviceRegistered")).toHaveLength(2);
    expect(await loadEnrolmentGroup(fleet, id)).toMatchObject({ enrolled: 1 });
  });

  it("gets a new credential each time in a group with `reenrolment: replace`", async () => {
    await create({ reenrolment: "replace" });
    await provisioned("a");
    expect(await mustEnrol(fleet, shown("a"), NOW)).toBe(true);
    expect(await mustEnrol(fleet, shown("a", { until: NOW }), NOW)).toBe(false);
  });
});
