import { createEnrolmentGroup, personCaller, registerDevice, rotateEnrolmentSecret } from "@fleetlog/fleet";
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
const logged = (level: number) =>
  node.logged.filter((line) => line.level === level && line.reason).map(({ id, reason }) => [id, reason]);

it("a lost secret of an enrolment group is logged when a device shows it, and the group can have a new one", async () => {
  const observe = { refused() {}, subscriptionRefused() {} };
  const provisioning = createProvisioning(node.core, { incarnation: "g1-1" }, observe, 100);
  const { id, token = "" } = await createEnrolmentGroup(node.fleet, admin, { name: "Meters", quota: 10 }, Date.now());
  const origin = { encrypted: true, protocol: "mqtt", address: "192.0.2.1:1" } as const;
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
