import type { Diff, FleetSummary, Problem, SystemResource } from "@fleetlog/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectMqttDevice } from "../support/devices/mqtt.ts";
import { eventually } from "../support/eventually.ts";
import { type Stack, startStack } from "../support/stack.ts";

const PUMPS = ["pump-1", "pump-2", "pump-3"];

let stack: Stack;
/** FLEET sequences. */
let connected = 0;
let lost = 0;

const get = async <Body>(path: string) => (await stack.api.call<Body>("GET", path)).body;
const diff = (query: string) => get<Diff>(`/api/history/diff?${query}`);
const lastSeq = async () =>
  (await get<SystemResource>("/api/system")).streams.find(({ name }) => name === "FLEET")?.lastSeq ?? 0;

beforeAll(async () => {
  stack = await startStack({ gateways: 2, historians: 1 });
  const { api } = stack;
  const [, second] = stack.gateways;
  const at = { httpPort: second?.httpPort ?? 0, mqttPort: second?.mqttPort ?? 0 };
  await api.call("PUT", "/api/groups/north", { filter: { tag: "north" } });
  for (const device of PUMPS) {
    const token = await api.register(device, { tags: device === "pump-3" ? [] : ["north"] });
    await connectMqttDevice(5)({ ...at, device, token, onCommand: () => ({ done: true }) });
  }
  await api.command("pump-1", { name: "flush" }, "?wait=10s");
  await eventually(async () =>
    expect((await get<FleetSummary>("/api/devices/summary")).byStatus.connected).toBe(PUMPS.length),
  );
  connected = await lastSeq();
  await second?.process.kill();
  await eventually(async () =>
    expect((await get<FleetSummary>("/api/devices/summary")).byStatus.disconnected).toBe(PUMPS.length),
  );
  await api.call("PATCH", "/api/devices/pump-2", { name: "Main pump" });
  await api.call("PUT", "/api/devices/pump-2/configuration", { values: { interval: 10 } });
  const [, ended] = (await api.events("pump-1", "&with=gateways")).filter(({ type }) => /^Session|^Gateway/.test(type));
  expect(ended?.type).toBe("GatewayLost");
  lost = ended?.seq ?? 0;
});
afterAll(() => stack[Symbol.asyncDispose]());

describe("what changed between two moments", () => {
  it("has the devices of a killed gateway under its death, and the rest under the operator", async () => {
    const found = await diff(`from=${connected}`);
    expect(found.causes).toEqual([
      { kind: "gateway-death", by: "gateway-2", changes: 3, devices: 3, firstSeq: lost, lastSeq: lost },
      {
        kind: "operator",
        by: "admin",
        changes: 2,
        devices: 1,
        firstSeq: expect.any(Number),
        lastSeq: expect.any(Number),
      },
    ]);
    expect(found.items).toMatchObject([
      { device: "pump-2", change: "configuration.desired/interval", before: null, after: 10 },
      { device: "pump-2", change: "name", before: null, after: "Main pump", cause: { kind: "operator", by: "admin" } },
      ...PUMPS.map((device) => ({
        ...{ device, change: "status", before: "connected", after: "disconnected" },
        events: [{ seq: lost, type: "GatewayLost" }],
      })),
    ]);
    const [{ events } = { events: [] }] = found.items;
    const [own] = (await stack.api.events("pump-2")).filter(({ type }) => type === "ConfigurationSet");
    expect(events).toEqual([{ seq: own?.seq, id: own?.id, type: own?.type, time: own?.time }]);
  });

  it("is of a group, of a device, and of a cause, in pages", async () => {
    const of = async (query: string) => (await diff(`from=${connected}&${query}`)).items.map(({ device }) => device);
    expect(await of("group=north&change=status")).toEqual(["pump-1", "pump-2"]);
    expect(await of("device=pump-3")).toEqual(["pump-3"]);
    expect(await of("cause=gateway-death&by=gateway-2")).toEqual(PUMPS);
    const first = await diff(`from=${connected}&limit=3`);
    await stack.api.call("PATCH", "/api/devices/pump-3", { name: "Later" });
    const second = await diff(`from=${connected}&limit=3&cursor=${first.next}`);
    expect(second).toMatchObject({ to: first.to, total: 5, next: null });
    expect([...first.items, ...second.items].map(({ change }) => change)).toHaveLength(5);
    expect(await of("device=pump-3&change=name")).toEqual(["pump-3"]);
  });

  it("names what is wrong with a question", async () => {
    const refused = async (query: string) => (await stack.api.call<Problem>("GET", `/api/history/diff?${query}`)).body;
    expect(await refused("from=1&to=99999999")).toMatchObject({ status: 400, field: "to" });
    expect(await refused(`from=${connected}&to=1`)).toMatchObject({ status: 400, field: "from" });
    expect(await refused("from=1&group=nowhere")).toMatchObject({ status: 404, code: "group-unknown", field: "group" });
    expect(await refused("from=1&device=pump-9")).toMatchObject({ code: "device-unknown", field: "device" });
  });
});
