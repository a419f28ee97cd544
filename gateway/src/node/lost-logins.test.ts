import {
  createEnrolmentGroup,
  createProvisionRequest,
  personCaller,
  registerDevice,
  rotateEnrolmentSecret,
} from "@fleetlog/fleet";
import type { TrustedIssuer } from "@fleetlog/identity";
import { beforeEach, expect, it, vi } from "vitest";
import { createProvisioning } from "../provisioning/index.ts";
import { type TestNode, testNode, withViews } from "../testing/test-node.ts";
import { RepairedLogins } from "./repaired-logins.ts";

const admin = personCaller({ kind: "person", id: "root", name: "root", role: "admin" }, "c-0");
const names = { clientId: "gw-1", userName: "line-1" };

let node: TestNode;
beforeEach(async () => {
  node = await testNode();
});

async function lose(name: string, prefix: string) {
  const bucket = await node.backbone.buckets.open(name, { maxBytes: 2 ** 20 });
  for (const { key } of await bucket.entries(prefix)) await bucket.delete(key);
}
const origin = { encrypted: true, protocol: "mqtt", address: "192.0.2.1:1" } as const;
const provisioningOf = ({ core }: TestNode) =>
  createProvisioning(core, { incarnation: "g1-1" }, { refused() {}, subscriptionRefused() {} }, 100);
const logged = (level: number) =>
  node.logged.filter((line) => line.level === level && line.reason).map(({ id, reason }) => [id, reason]);

it("a lost secret of an enrolment group is logged when a device shows it, and the group can have a new one", async () => {
  const provisioning = provisioningOf(node);
  const { id, token = "" } = await createEnrolmentGroup(node.fleet, admin, { name: "Meters", quota: 10 }, Date.now());
  const enrol = (clientId: string, password: string) =>
    provisioning.logIn({ clientId, userName: clientId, password, ...origin });
  expect(await enrol("meter-1", token)).toMatchObject({ login: "meter-1" });
  await lose("provisioning", "enrolment.");
  expect(await enrol("meter-2", token)).toBeUndefined();
  await vi.waitFor(() => expect(logged(50)).toEqual([[id, expect.stringContaining("KV_provisioning")]]));
  const { token: next } = await rotateEnrolmentSecret(node.fleet, admin, id);
  expect(await enrol("meter-2", token)).toBeUndefined();
  expect(await enrol("meter-2", next)).toMatchObject({ login: "meter-2" });
});

it("a lost log-in of a provision request is logged when a device shows its names; a wrong password is not", async () => {
  await withViews(node.backbone);
  const provisioning = provisioningOf(node);
  const order = { ...names, password: "correct horse", device: { id: "pump-1" } };
  const { id } = await createProvisionRequest(node.fleet, admin, order, Date.now());
  const logIn = (password: string) => provisioning.logIn({ ...names, password, ...origin });
  expect(await logIn("wrong horse")).toBeUndefined();
  expect(await logIn("correct horse")).toMatchObject({ id });
  expect(logged(50)).toEqual([]);
  await lose("provisioning", "login.");
  expect(await logIn("correct horse")).toBeUndefined();
  await vi.waitFor(() => expect(logged(50)).toEqual([[id, expect.stringContaining("KV_provisioning")]]));
});

it("the lost groups of an authority are restored and logged when a device shows a certificate of it", async () => {
  await withViews(node.backbone);
  const provisioning = provisioningOf(node);
  const [{ certificate }] = (await node.fleet.authority.trusted()) as [TrustedIssuer];
  const ca = "0123456789abcdef0123456789abcdef";
  const added = { addedAt: "2026-11-28T11:00:00.000Z", addedBy: "ada" };
  await node.fleet.authorities.add(ca, { name: "Plant", account: "main", certificate, ...added });
  const { id } = await createEnrolmentGroup(node.fleet, admin, { name: "Meters", quota: 10, ca }, Date.now());
  const shown = { serial: "0a", issuer: "CN=Plant", own: false, authority: ca };
  const enrol = (device: string, mustEnrol = false) =>
    provisioning.logIn({ device, certificate: shown, mustEnrol, ...origin });
  expect(await enrol("meter-1")).toMatchObject({ login: "meter-1" });
  await lose("provisioning", "enrolment-authority.");
  const search = vi.spyOn(node.fleet.views, "query");
  expect(await enrol("meter-2", true)).toBeUndefined();
  expect(search).not.toHaveBeenCalled();
  expect(await enrol("meter-2")).toBeUndefined();
  await vi.waitFor(() => expect(logged(50)).toEqual([[id, expect.stringContaining("KV_provisioning")]]));
  expect(await enrol("meter-2")).toMatchObject({ login: "meter-2" });
});

it("many unknown clients cause few searches for lost entries of provisioning", async () => {
  const search = vi.spyOn(node.fleet.views, "query");
  const provisioning = createProvisioning(
    { ...node.core, clock: () => 0 },
    { incarnation: "g1-1" },
    { refused() {}, subscriptionRefused() {} },
    100,
  );
  for (let i = 0; i < 40; i++) await provisioning.logIn({ clientId: `c${i}`, userName: "u", password: "p", ...origin });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(search.mock.calls.filter(([query]) => query === "provisionRequests.list")).toHaveLength(10);
});

it("lost names of a device are restored and logged when they are looked up; other unknown names are not", async () => {
  await withViews(node.backbone);
  await registerDevice(node.fleet, admin, { dialect: "tpedm", login: { ...names, password: "correct horse" } });
  const logins = new RepairedLogins(node.core);
  await lose("device-logins", "names.");
  expect(await logins.find({ ...names, userName: "line-2" })).toBeUndefined();
  expect(await logins.find(names)).toBeUndefined();
  await vi.waitFor(async () => expect(await logins.find(names)).toMatchObject({ device: "gw-1", dialect: "tpedm" }));
  await vi.waitFor(() => expect(logged(40)).toEqual([["gw-1", expect.stringContaining("KV_device-logins")]]));
});

it("many unknown names cause few searches", async () => {
  const search = vi.spyOn(node.fleet.views, "query");
  const logins = new RepairedLogins({ ...node.core, clock: () => 0 });
  for (let i = 0; i < 60; i++) await logins.find({ ...names, userName: `u${i}` });
  await new Promise((resolve) => setTimeout(resolve, 50));
  const searched = search.mock.calls.map(([, params]) => JSON.stringify(params));
  expect(searched.filter((params) => params.includes('"tpedm"'))).toHaveLength(50);
});
