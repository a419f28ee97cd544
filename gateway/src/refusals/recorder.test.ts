import type { RecordedEvent } from "@fleetlog/domain";
import { registerDevice } from "@fleetlog/fleet";
import { testCaller } from "@fleetlog/fleet/testing";
import { expect, it } from "vitest";
import { type TestNode, testNode } from "../testing/test-node.ts";
import { RETIRED_DEVICE, UNKNOWN_DEVICE, WRONG_TOKEN } from "./login-causes.ts";
import { RefusalRecorder, type RefusedDevice } from "./recorder.ts";

const TOKEN = "fl_pump-1_0123456789abcdef";

function recorderOf({ core, fleet }: TestNode, ready = () => true): RefusalRecorder {
  const { writer, credentials } = fleet;
  return new RefusalRecorder({ writer, credentials, ready, logger: core.logger });
}

const login = (more: Partial<RefusedDevice>): RefusedDevice => ({
  login: "pump-1",
  protocol: "mqtt",
  code: "unauthenticated",
  why: `"pump-1" is not registered or was retired`,
  address: "10.0.0.7:4711",
  ...more,
});

async function accessOf({ backbone }: TestNode): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of backbone.log.read({ stream: "ACCESS" })) events.push(event);
  return events;
}

it("the recorder records a device's refused log-ins, so that its last event in ACCESS is the last refusal", async () => {
  const node = await testNode();
  const recorder = recorderOf(node);
  recorder.login(login({ cause: WRONG_TOKEN }));
  recorder.login(login({ cause: WRONG_TOKEN, address: "[2001:db8::1]:80" }));
  recorder.login(login({ login: "pump-2", cause: RETIRED_DEVICE }));
  await recorder.stop();
  expect(await node.backbone.log.last("access", "pump-1")).toMatchObject({
    type: "LoginRefused",
    source: "/gateways/g1",
    data: {
      device: "pump-1",
      protocol: "mqtt",
      code: "unauthenticated",
      cause: "wrong token",
      address: "2001:db8::1",
      count: 1,
    },
  });
  expect((await node.backbone.log.last("access", "pump-2"))?.data).toMatchObject({ cause: "retired device" });
});

it("for a log-in refused before the check of its credential, the recorder records name and reason only if a device has the name", async () => {
  const node = await testNode();
  await registerDevice(node.fleet, testCaller("admin", "c"), { id: "pump-1" });
  const recorder = recorderOf(node);
  const late = { code: "unavailable", why: "too many connections" };
  recorder.login(login(late));
  recorder.login(login({ ...late, login: "pump-9" }));
  await new Promise((resolve) => setImmediate(resolve));
  await recorder.stop();
  expect((await accessOf(node)).map(({ data }) => data)).toEqual([
    {
      device: "pump-1",
      protocol: "mqtt",
      code: "unavailable",
      cause: "too many connections",
      address: "10.0.0.7",
      count: 1,
    },
    { protocol: "mqtt", code: "unavailable", cause: UNKNOWN_DEVICE, address: "10.0.0.7", count: 1 },
  ]);
});

it("for a log-in with a user name that is no device, the recorder records the device with the client id", async () => {
  const node = await testNode();
  for (const id of ["pump-1", "pump-2"]) await registerDevice(node.fleet, testCaller("admin", "c"), { id });
  const recorder = recorderOf(node);
  const why = "no client certificate was shown";
  recorder.login(login({ login: "guest", clientId: "pump-1", why }));
  recorder.login(login({ login: "a user name that is no device id", clientId: "pump-1", why }));
  recorder.login(login({ login: "pump-2", clientId: "pump-1", why }));
  recorder.login(login({ login: "guest", clientId: "pump-9", why }));
  await new Promise((resolve) => setImmediate(resolve));
  await recorder.stop();
  const recorded = (await accessOf(node)).map(({ data }) => data as { device?: string; cause: string });
  expect(recorded.map(({ device, cause }) => `${device}: ${cause}`).sort()).toEqual([
    `pump-1: ${why}`,
    `pump-1: ${why}`,
    `pump-2: ${why}`,
    `undefined: ${UNKNOWN_DEVICE}`,
  ]);
});

it("the recorder counts unknown names together without recording them, because a name may be a token", async () => {
  const node = await testNode();
  const recorder = recorderOf(node);
  for (let i = 0; i < 10_000; i++) recorder.login(login({ login: `${TOKEN}${i}`, cause: UNKNOWN_DEVICE }));
  for (let i = 0; i < 10_000; i++) recorder.login(login({ login: `${TOKEN}${i}` }));
  await new Promise((resolve) => setImmediate(resolve));
  await recorder.stop();
  const events = await accessOf(node);
  expect(events.length).toBeLessThan(5);
  expect(events.reduce((sum, { data }) => sum + (data as { count: number }).count, 0)).toBe(20_000);
  expect(JSON.stringify(events)).not.toContain(TOKEN);
  expect(new Set(events.map(({ subject }) => subject))).toEqual(new Set(["fleet.access.=2Fdevices"]));
});

it("the recorder counts refused calls by the person's id, or by network for clients that are not signed in", async () => {
  const node = await testNode();
  const recorder = recorderOf(node);
  const call = { action: "device.retire", call: "DELETE /api/devices/:id" };
  recorder.call({ ...call, by: "lee", code: "forbidden", address: "10.0.0.8" });
  for (let i = 0; i < 5_000; i++) {
    recorder.call({ ...call, code: "unauthenticated", address: `10.1.${i >> 8}.${i & 255}` });
  }
  expect((await accessOf(node)).length).toBeLessThan(40);
  await recorder.stop();
  expect(await node.backbone.log.last("access", "/operators/lee")).toMatchObject({
    type: "CallRefused",
    data: { by: "lee", ...call, code: "forbidden", address: "10.0.0.8", count: 1 },
  });
  expect((await node.backbone.log.last("access", "/anonymous"))?.data).not.toHaveProperty("by");
});

it("the recorder appends nothing while the log can't be reached", async () => {
  const node = await testNode();
  let ready = false;
  const recorder = recorderOf(node, () => ready);
  recorder.login(login({ cause: WRONG_TOKEN }));
  expect(await accessOf(node)).toEqual([]);
  ready = true;
  await recorder.stop();
  expect(await accessOf(node)).toHaveLength(1);
});
