import { setImmediate } from "node:timers/promises";
import { changeDevice, createAccount, moveDevice, personCaller, registerDevice, retireDevice } from "@fleetlog/fleet";
import { testCaller } from "@fleetlog/fleet/testing";
import { pino } from "pino";
import { afterEach, expect, it, vi } from "vitest";
import { type TestNode, testNode, withViews } from "../../../testing/test-node.ts";
import { DevicesByName } from "./find-device.ts";

const caller = testCaller("admin", "c-1");

const started: DevicesByName[] = [];
afterEach(async () => {
  for (const names of started.splice(0)) await names.stop();
});

/** Registers the device `p1` with the name `Pump`, and spies on the queries. */
async function withPump() {
  const node = await testNode();
  await withViews(node.backbone);
  const { seq } = await registerDevice(node.fleet, caller, { id: "p1", name: "Pump", tags: ["a"] });
  const names = new DevicesByName({ fleet: node.fleet, notifiedSeq: () => seq }, pino({ level: "silent" }));
  await names.start();
  started.push(names);
  const queries = vi.spyOn(node.fleet.views, "queryWithSeq");
  const find = async (name = "Pump", scope = {}) => (await names.mustFindWithLast("main", name, scope)).device;
  return { node, names, queries, find };
}

async function rename({ fleet }: TestNode, names: DevicesByName, id: string, name: string): Promise<void> {
  names.noteWritten((await changeDevice(fleet, caller, id, { name })).seq);
}

it("the look-up finds a device again without a query, and returns its newest event", async () => {
  const { node, names, queries, find } = await withPump();
  expect(await find()).toBe("p1");
  expect(queries).toHaveBeenCalledTimes(1);
  expect(await names.mustFindWithLast("main", "Pump", {})).toEqual({
    device: "p1",
    last: { event: await node.backbone.log.last("device", "p1"), at: expect.any(Number) },
  });
  expect(queries).toHaveBeenCalledTimes(1);
});

it("the look-up queries the views again after a new name, new tags, a move or the retirement of the device", async () => {
  const { node, names, find } = await withPump();
  const unknown = { code: "device-unknown" };
  expect(await find("Pump", { tags: ["a"] })).toBe("p1");
  names.noteWritten((await changeDevice(node.fleet, caller, "p1", { tags: ["b"] })).seq);
  await expect(find("Pump", { tags: ["a"] })).rejects.toMatchObject(unknown);
  expect(await find()).toBe("p1");
  await rename(node, names, "p1", "Valve");
  await expect(find()).rejects.toMatchObject(unknown);
  expect(await find("Valve")).toBe("p1");
  names.noteWritten((await retireDevice(node.fleet, caller, "p1")).seq);
  await expect(find("Valve")).rejects.toMatchObject(unknown);
});

it("the look-up does not find a device that has just left the account, although the views are behind", async () => {
  const { node, names, queries } = await withPump();
  const mover = personCaller({ kind: "person", id: "root", name: "Root", role: "admin" }, "c-2");
  await createAccount(node.fleet, mover, { id: "north", name: "North" });
  await moveDevice(node.fleet, mover, "p1", { to: "north", history: "along" });
  queries.mockResolvedValueOnce({ result: ["p1"], seq: 1 } as never);
  await expect(names.mustFindWithLast("main", "Pump", {})).rejects.toMatchObject({ code: "device-unknown" });
  expect((await names.mustFindWithLast("north", "Pump", {})).device).toBe("p1");
});

it("the look-up remembers a device only for callers with the scope in which it was found", async () => {
  const { find } = await withPump();
  expect(await find()).toBe("p1");
  await expect(find("Pump", { tags: ["b"] })).rejects.toMatchObject({ code: "device-unknown" });
});

it("the look-up finds an older device as soon as it takes the name of a device that is remembered", async () => {
  const { node, names, queries, find } = await withPump();
  await registerDevice(node.fleet, caller, { id: "p2", name: "Valve" });
  await registerDevice(node.fleet, caller, { id: "p3", name: "Lamp" });
  expect([await find("Valve"), await find("Lamp")]).toEqual(["p2", "p3"]);
  await rename(node, names, "p1", "Valve");
  queries.mockClear();
  await vi.waitFor(async () => expect(await find("Valve")).toBe("p1"));
  const asked = queries.mock.calls.length;
  expect([await find("Valve"), await find("Lamp")]).toEqual(["p1", "p3"]);
  expect(queries).toHaveBeenCalledTimes(asked);
});

it("the look-up does not remember an answer that is older than an event which gives the name to another device", async () => {
  const { node, names, queries, find } = await withPump();
  const { seq } = await registerDevice(node.fleet, caller, { id: "p2", name: "Valve" });
  queries.mockResolvedValueOnce({ result: ["p2"], seq } as never);
  await rename(node, names, "p1", "Valve");
  await vi.waitFor(async () => expect((await node.backbone.log.last("device", "p1"))?.type).toBe("DeviceRenamed"));
  await setImmediate();
  expect(await find("Valve")).toBe("p2");
  expect(await find("Valve")).toBe("p1");
});

it("the look-up queries the views again after ten seconds", async () => {
  const { queries, find } = await withPump();
  expect(await find()).toBe("p1");
  const now = performance.now();
  vi.spyOn(performance, "now").mockReturnValue(now + 10_001);
  queries.mockClear();
  expect(await find()).toBe("p1");
  expect(queries).toHaveBeenCalledTimes(1);
  vi.restoreAllMocks();
});

it("the look-up forgets all devices after an outage of the log, because another log may have replaced it", async () => {
  const { node, queries, find } = await withPump();
  expect(await find()).toBe("p1");
  node.backbone.away();
  node.backbone.back();
  queries.mockClear();
  expect(await find()).toBe("p1");
  expect(queries).toHaveBeenCalledTimes(1);
});
